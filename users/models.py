"""User, team, API token and the organisation's settings."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from users.rows import Reader
from users.zones import validate_time_zone


class Role(models.TextChoices):
    """What a person does here; the access table (users.access) says what each may do."""

    ADMIN = "admin", _("Administrator")
    MARKETER = "marketer", _("Marketer")
    SDR = "sdr", _("Sales development")
    SALES_REP = "sales_rep", _("Sales rep")
    SALES_MANAGER = "sales_manager", _("Sales manager")


class Scope(models.TextChoices):
    """What a token may be narrowed to; without any it has all its user may do."""

    CAPTURE_WRITE = "capture:write", _("Capture leads, answer withheld")
    ACTIVITIES_WRITE = "activities:write", _("Record activities")
    LEADS_READ = "leads:read", _("Read leads and companies")
    LEADS_WRITE = "leads:write", _("Write leads and companies")
    HANDOVERS_DECIDE = "handovers:decide", _("Decide handovers")
    REPORTS_READ = "reports:read", _("Read reports")
    RULES_WRITE = "rules:write", _("Write rules")
    ADMIN = "admin", _("Everything")


class WorkingTime(models.Model):
    """When somebody works. Everything empty: nothing of one's own, the next larger circle's counts."""

    working_days = ArrayField(
        models.SmallIntegerField(),
        default=list,
        blank=True,
        verbose_name=_("working days"),
        help_text=_("ISO weekdays, Monday is 1. Empty: Monday to Friday, or the organisation's."),
    )
    opens_at = models.TimeField(_("opens at"), null=True, blank=True, help_text=_("Empty: the whole day counts."))
    closes_at = models.TimeField(_("closes at"), null=True, blank=True)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(opens_at__isnull=True, closes_at__isnull=True)
                | models.Q(opens_at__lt=models.F("closes_at")),
                name="%(class)s_opens_before_it_closes",
                violation_error_message=_("Give both hours, the opening before the closing."),
            ),
            models.CheckConstraint(
                condition=models.Q(working_days__contained_by=[1, 2, 3, 4, 5, 6, 7]),
                name="%(class)s_working_days_iso",
                violation_error_message=_("Working days are numbers from 1, Monday, to 7, Sunday."),
            ),
        ]


class Team(WorkingTime):
    """A group of sales people to whom handovers are routed, with hours of its own where it has them."""

    slug = models.SlugField(_("key"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, help_text=_("Empty: the organisation's."))
    sdr_accepts = models.BooleanField(
        _("SDRs may accept"), default=False, help_text=_("Else they recommend, and a rep decides.")
    )

    class Meta(WorkingTime.Meta):
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.time_zone:
            validate_time_zone(self.time_zone)


class UserManager(BaseUserManager["User"]):
    """Users are known by e-mail."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Create a user; without a password nobody can sign in as them."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Create an administrator."""
        return self.create_user(email, password, role=Role.ADMIN, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who works here, known by e-mail."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role)
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="members", verbose_name=_("team")
    )
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, help_text=_("Empty: the organisation's."))
    language = models.CharField(_("language"), max_length=10, blank=True, help_text=_("Empty: the browser's."))
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    invited_at = models.DateTimeField(_("invited"), null=True, editable=False)
    capacity = models.PositiveSmallIntegerField(
        _("capacity"), null=True, blank=True, help_text=_("Most open leads routed to them in turn. Empty: no limit.")
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True, help_text=_("No mail of ours after this."))
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering: ClassVar = ["email"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("email"), name="user_email_unique", violation_error_message=_("This e-mail is already in use.")
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        """Only administrators open the settings pages of the stock admin."""
        return self.role == Role.ADMIN

    @property
    def initials(self) -> str:
        """One or two letters for the avatar."""
        words = (self.name or self.email.split("@")[0].replace(".", " ")).split()
        return "".join(word[0] for word in words[:2]).upper()

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()
        if self.time_zone:
            validate_time_zone(self.time_zone)
        if self.language:
            validate_language(self.language)


def validate_language(code: str) -> None:
    """Raise ValidationError unless the pages speak this language."""
    if code not in dict(settings.LANGUAGES):
        raise ValidationError({"language": _("The pages do not speak this language.")})


class ApiToken(models.Model):
    """A bearer token of a user. Only its SHA-256 digest is kept; the token itself is shown once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=30, choices=Scope), default=list, blank=True)
    created_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return self.name or f"#{self.pk}"

    @staticmethod
    def digest_of(token: str) -> str:
        """Hex SHA-256 of a token; tokens carry 256 random bits, so no salt is needed."""
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def issue(
        cls, user: User, scopes: Iterable[str] = (), name: str = "", expires_at: datetime | None = None
    ) -> tuple["ApiToken", str]:
        """Create a token for `user`; return the row and the secret, which cannot be read again."""
        secret = f"lcrm_{secrets.token_urlsafe(32)}"
        row = cls.objects.create(
            user=user, scopes=sorted(scopes), name=name, expires_at=expires_at, digest=cls.digest_of(secret)
        )
        return row, secret


class Absence(models.Model):
    """Days on which somebody is away: nothing is routed to them."""

    user = models.ForeignKey(User, models.CASCADE, related_name="absences", verbose_name=_("user"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), help_text=_("The last day away."))

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering: ClassVar = ["-starts_on"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")),
                name="absence_ends_after_start",
                violation_error_message=_("An absence cannot end before it starts."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.starts_on:%Y-%m-%d} – {self.ends_on:%Y-%m-%d}"


class Holiday(models.Model):
    """A day on which a team, or nobody at all, works."""

    day = models.DateField(_("day"))
    name = models.CharField(_("name"), max_length=100)
    team = models.ForeignKey(
        Team,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="holidays",
        verbose_name=_("team"),
        help_text=_("Empty: everybody's."),
    )

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering: ClassVar = ["day"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "team"], name="holiday_once_a_team", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.name}"


class Organisation(WorkingTime):
    """The one company this installation serves."""

    name = models.CharField(_("name"), max_length=150)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="UTC",
        validators=[validate_time_zone],
        help_text=_("Report days, decay and limits are counted in this zone."),
    )
    currency = models.CharField(_("currency"), max_length=3, default="USD", help_text=_("ISO 4217, for example EUR."))

    class Meta(WorkingTime.Meta):
        verbose_name = verbose_name_plural = _("organisation")
        constraints: ClassVar = [
            *WorkingTime.Meta.constraints,
            models.CheckConstraint(condition=models.Q(pk=1), name="organisation_is_one"),
            models.CheckConstraint(condition=models.Q(currency__regex=r"^[A-Z]{3}$"), name="organisation_currency_iso"),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def load(cls) -> "Organisation":
        """The settings row; seeded by migration, so it always stands."""
        return _ORGANISATION.read("")[0]

    @property
    def zone(self) -> ZoneInfo:
        """The zone of report days."""
        return ZoneInfo(self.time_zone)


_ORGANISATION = Reader(Organisation)
