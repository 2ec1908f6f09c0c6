"""Who the lead is: company, person, external ids, administered attributes and the journal of their changes."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class IcpGroup(models.TextChoices):
    """The six groups of the ideal customer profile (R40)."""

    FIRMOGRAPHIC = "firmographic", _("Firmographic")
    INDUSTRY = "industry", _("Industry")
    GEOGRAPHY = "geography", _("Geography")
    TECHNOGRAPHIC = "technographic", _("Technographic")
    BUSINESS_MODEL = "business_model", _("Business model")
    NEED = "need", _("Need")


class BuyingRole(models.TextChoices):
    """What a person is in the decision of their company (R10)."""

    DECISION_MAKER = "decision_maker", _("Decision maker")
    INFLUENCER = "influencer", _("Influencer")
    TECHNICAL = "technical", _("Technical evaluator")
    FINANCE = "finance", _("Finance")
    USER = "user", _("User")
    CHAMPION = "champion", _("Champion")
    BLOCKER = "blocker", _("Blocker")


class AttributeType(models.TextChoices):
    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")
    BOOLEAN = "boolean", _("Yes or no")
    CHOICE = "choice", _("One of a list")
    CHOICES = "choices", _("Several of a list")
    DATE = "date", _("Date")


class AttributeDefinition(models.Model):
    """An attribute of leads or companies that the organisation adds without a migration."""

    class Subject(models.TextChoices):
        LEAD = "lead", _("Lead")
        COMPANY = "company", _("Company")

    subject = models.CharField(_("of"), max_length=10, choices=Subject)
    key = models.SlugField(_("key"), max_length=60)
    label = models.CharField(_("label"), max_length=100)
    type = models.CharField(_("type"), max_length=10, choices=AttributeType)
    choices = ArrayField(models.CharField(max_length=100), default=list, blank=True, verbose_name=_("choices"))
    group = models.CharField(_("ICP group"), max_length=20, choices=IcpGroup, blank=True)

    class Meta:
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")
        ordering: ClassVar = ["subject", "label"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subject", "key"], name="attribute_key_unique"),
            models.CheckConstraint(condition=Q(key__regex=r"^[a-z][a-z0-9_]*$"), name="attribute_key_plain"),
        ]

    def __str__(self) -> str:
        return self.label


class Company(models.Model):
    """An account. Known by its domain, else by its normalised name; never by a free-mail domain."""

    name = models.CharField(_("name"), max_length=200)
    name_key = models.CharField(max_length=200, editable=False)
    domain = models.CharField(_("domain"), max_length=253, null=True, blank=True, unique=True)
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    industry = models.CharField(_("industry"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True, help_text=_("ISO 3166, for example IL."))
    region = models.SlugField(_("region"), max_length=40, blank=True, help_text=_("Where the head office is."))
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    created_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["name_key"], condition=Q(domain__isnull=True), name="company_name_unique_without_domain"
            ),
            models.CheckConstraint(condition=~Q(name_key=""), name="company_has_a_name"),
            models.CheckConstraint(
                condition=Q(domain__isnull=True) | Q(domain__regex=r"^[^\sA-Z@/]+\.[^\sA-Z@/]+$"),
                name="company_domain_normalised",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["name_key"], name="company_name"),
            GinIndex(name="company_search", fields=["name", "domain"], opclasses=["gin_trgm_ops", "gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return self.name


class Lead(models.Model):
    """A person at a company, from capture to won: one row for the whole way."""

    email = models.CharField(_("e-mail"), max_length=254, null=True, blank=True, unique=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    job_title = models.CharField(_("job title"), max_length=150, blank=True)
    buying_role = models.CharField(
        _("role in the decision"), max_length=20, choices=BuyingRole, blank=True, db_default=""
    )
    # Five keys have no index of their own: those below begin with them, and each costs a move its share.
    company = models.ForeignKey(
        Company,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="leads",
        verbose_name=_("company"),
        db_index=False,
    )
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)

    # Where it stands. Written by the lifecycle flows only; a trigger holds them to the journal.
    stage = models.ForeignKey("leads.Stage", models.PROTECT, related_name="leads", db_index=False)
    stage_since = models.DateTimeField()
    outcome = models.CharField(max_length=12, blank=True)
    cycle = models.PositiveSmallIntegerField(default=1)
    quiet_since = models.DateTimeField(null=True, blank=True)
    next_check_on = models.DateField(null=True, blank=True)
    owner = models.ForeignKey(
        "users.User",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="leads",
        verbose_name=_("owner"),
        db_index=False,
    )

    # The capture that began the current pass.
    channel = models.ForeignKey(
        "leads.Channel", models.PROTECT, null=True, blank=True, verbose_name=_("source"), db_index=False
    )
    campaign = models.ForeignKey(
        "leads.Campaign", models.PROTECT, null=True, blank=True, verbose_name=_("campaign"), db_index=False
    )
    captured_at = models.DateTimeField()
    created_at = models.DateTimeField(editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        ordering: ClassVar = ["-captured_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(email__isnull=True) | (Q(email__regex=r"^[^\s@A-Z]+@[^\s@A-Z]+$")),
                name="lead_email_shape",
            ),
            models.CheckConstraint(condition=Q(cycle__gte=1), name="lead_cycle_from_one"),
            models.CheckConstraint(
                condition=Q(outcome__in=["", "won", "lost", "disqualified", "nurture"]), name="lead_outcome_known"
            ),
            models.CheckConstraint(
                condition=Q(buying_role__in=["", *BuyingRole.values]), name="lead_buying_role_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-captured_at", "-id"], name="lead_captured"),
            models.Index(fields=["stage", "-captured_at"], name="lead_stage"),
            models.Index(fields=["owner", "-captured_at"], name="lead_owner"),
            models.Index(fields=["campaign", "stage"], name="lead_campaign"),
            models.Index(fields=["company", "id"], name="lead_company"),  # colleagues without reading their rows
            models.Index(fields=["channel"], name="lead_channel"),
            models.Index(fields=["phone"], name="lead_phone", condition=~Q(phone="")),
            models.Index(fields=["id"], name="lead_archived", condition=Q(archived_at__isnull=False)),
            models.Index(fields=["next_check_on"], name="lead_next_check", condition=Q(next_check_on__isnull=False)),
            GinIndex(
                name="lead_search",
                fields=["email", "first_name", "last_name"],
                opclasses=["gin_trgm_ops", "gin_trgm_ops", "gin_trgm_ops"],
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name as shown: full name, else e-mail, phone or number."""
        return f"{self.first_name} {self.last_name}".strip() or self.email or self.phone or f"#{self.pk}"


class ExternalId(models.Model):
    """What another system calls this lead. Compared exactly: Salesforce ids differ by case."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="external_ids")
    system = models.SlugField(max_length=40)
    value = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["system", "value"], name="external_id_unique"),
            models.CheckConstraint(condition=~Q(value=""), name="external_id_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.system}:{self.value}"


class AttributeChange(models.Model):
    """What the changed columns of a lead or company held before, so that any past day can be read again."""

    lead = models.ForeignKey(Lead, models.CASCADE, null=True, related_name="attribute_changes")
    company = models.ForeignKey(Company, models.CASCADE, null=True, related_name="attribute_changes")
    before = models.JSONField()
    after = models.JSONField()
    recorded_at = models.DateTimeField()
    by = models.ForeignKey("users.User", models.SET_NULL, null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(lead__isnull=False, company__isnull=True) | Q(lead__isnull=True, company__isnull=False),
                name="attribute_change_of_one",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["lead", "recorded_at"], name="attr_change_lead", condition=Q(lead__isnull=False)),
            models.Index(
                fields=["company", "recorded_at"], name="attr_change_company", condition=Q(company__isnull=False)
            ),
            # Who worked where on a past day: the people a company lost.
            models.Index(
                models.F("before__company_id"), name="attr_change_left", condition=Q(before__has_key="company_id")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id or self.company_id}: {', '.join(self.after)}"
