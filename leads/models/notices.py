"""What people are told, once each, and how they wish to be told."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class NoticeKind(models.TextChoices):
    """What somebody may be told of."""

    OFFERED = "offered", _("A lead was handed over")
    DECIDED = "decided", _("Sales decided on a lead of yours")
    RECOMMENDED = "recommended", _("An SDR recommends a lead")
    WARNED = "warned", _("Time is running out")
    BREACHED = "breached", _("A service level was broken")
    ESCALATED = "escalated", _("A broken service level was escalated to you")
    ASSIGNED = "assigned", _("A lead or task was given to you")
    DUE = "due", _("A task is due")
    RECYCLED = "recycled", _("A nurtured lead is to be tried again")
    WON = "won", _("A lead was won")
    APPROVAL = "approval", _("A score model waits for your approval")
    ANSWERED = "answered", _("Your draft of a score model was approved or given back")


class MailWish(models.TextChoices):
    OFF = "off", _("No mail")
    AT_ONCE = "at_once", _("At once")
    DAILY = "daily", _("Once a day, together")


class Notification(models.Model):
    """Something one person was told, of a lead or of none. The key keeps it from being told twice."""

    user = models.ForeignKey("users.User", models.CASCADE, related_name="notifications", db_index=False)
    kind = models.CharField(max_length=12, choices=NoticeKind)
    lead = models.ForeignKey("leads.Lead", models.CASCADE, null=True, related_name="+")
    data = models.JSONField(default=dict)
    dedupe_key = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    mail_at = models.DateTimeField(null=True)  # when its mail may leave; null: none
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "dedupe_key"], name="notification_once"),
            models.CheckConstraint(condition=Q(kind__in=NoticeKind.values), name="notification_kind_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "-id"], name="notification_list"),
            models.Index(fields=["user"], name="notification_unread", condition=Q(read_at__isnull=True)),
            models.Index(
                fields=["mail_at"],
                name="notification_to_mail",
                condition=Q(mail_at__isnull=False, mailed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind}"


class NoticeWish(models.Model):
    """How one person wishes to be told of one kind; without a row the kind's own default counts."""

    user = models.ForeignKey("users.User", models.CASCADE, related_name="notice_wishes")
    kind = models.CharField(max_length=12, choices=NoticeKind)
    in_app = models.BooleanField(default=True)
    mail = models.CharField(max_length=10, choices=MailWish, default=MailWish.AT_ONCE)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "kind"], name="notice_wish_once"),
            models.CheckConstraint(condition=Q(kind__in=NoticeKind.values), name="notice_wish_kind_known"),
            models.CheckConstraint(condition=Q(mail__in=MailWish.values), name="notice_wish_mail_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind}"
