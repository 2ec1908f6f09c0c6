"""Who works here, and when they are away."""

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from users.models.teams import Team
from users.models.words import Role
from users.zones import validate_time_zone


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
