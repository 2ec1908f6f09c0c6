"""May we write to a lead: one row each, which a sender shares and whoever withdraws takes for themselves."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ConsentState(models.TextChoices):
    """What the latest consent says (R20)."""

    NONE = "none", _("Never asked")
    GRANTED = "granted", _("Consented to mail")
    WITHDRAWN = "withdrawn", _("Withdrew consent")


class Suppression(models.TextChoices):
    """Why nothing is sent although there is consent (R23)."""

    BOUNCED = "bounced", _("The address does not exist")
    COMPLAINED = "complained", _("Complained about mail")
    BY_HAND = "by_hand", _("Suppressed by hand")


class Contactability(models.Model):
    """Made with the lead by a trigger. `consent` follows the consents recorded; `suppression` is empty or the reason.

    The sender holds FOR SHARE while it commits that a mail is being handed over, an unsubscribe FOR UPDATE: after
    the answer to an unsubscribe no mail begins to leave. Locked before the lead.
    """

    lead = models.OneToOneField("leads.Lead", models.CASCADE, primary_key=True, related_name="contactability")
    consent = models.CharField(max_length=10, choices=ConsentState, db_default=ConsentState.NONE)
    consent_at = models.DateTimeField(null=True)
    suppression = models.CharField(max_length=12, choices=Suppression, blank=True, db_default="")
    suppressed_at = models.DateTimeField(null=True)
    preferences = models.JSONField(db_default=models.Value({}, output_field=models.JSONField()))

    class Meta:
        verbose_name = _("contactability")
        verbose_name_plural = _("contactability")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(consent__in=ConsentState.values), name="contact_consent_known"),
            models.CheckConstraint(condition=Q(suppression__in=["", *Suppression.values]), name="contact_reason_known"),
            models.CheckConstraint(
                condition=Q(suppression="", suppressed_at__isnull=True)
                | (~Q(suppression="") & Q(suppressed_at__isnull=False)),
                name="contact_suppressed_since",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.suppression or self.consent}"

    @property
    def may_receive(self) -> bool:
        """Whether mail with a purpose of our own may go to the lead."""
        return self.consent == ConsentState.GRANTED and not self.suppression
