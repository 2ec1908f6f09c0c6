"""Opening accounts and settings of the organisation: what an administrator does first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from users.models import Organisation, Team, User


@dataclass(frozen=True, kw_only=True, slots=True)
class NewAccount:
    """Somebody who is to work here; `team` is a team's slug."""

    email: str
    name: str
    role: str
    team: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """What people say about themselves; an empty zone is the organisation's, an empty language the browser's."""

    name: str
    time_zone: str
    language: str


@transaction.atomic
def open_accounts(accounts: Sequence[NewAccount], *, password: str | None) -> list[User]:
    """Open accounts that share a first password; without one nobody can sign in to them yet."""
    teams = {team.slug: team for team in Team.objects.all()}
    shared = make_password(password)  # once: making it is slow on purpose
    return [
        User.objects.create(
            email=row.email.strip().lower(),
            password=shared,
            name=row.name,
            role=row.role,
            team=teams[row.team] if row.team else None,
        )
        for row in accounts
    ]


@transaction.atomic
def reset_passwords(emails: Sequence[str], *, password: str) -> None:
    """Give accounts a new password; their open sessions end by it."""
    for user in User.objects.select_for_update().filter(email__in=emails):
        user.set_password(password)
        user.save(update_fields=["password"])


@transaction.atomic
def change_profiles(profiles: Mapping[int, Profile]) -> None:
    """Change what people, given by id, say about themselves. Raises ValidationError for what does not exist."""
    for user in User.objects.select_for_update().filter(pk__in=profiles).order_by("pk"):
        profile = profiles[user.pk]
        user.name, user.time_zone, user.language = profile.name, profile.time_zone, profile.language
        user.clean()
        user.save(update_fields=["name", "time_zone", "language"])


@transaction.atomic
def set_quiet_hours(user_id: int, starts: time | None, ends: time | None) -> None:
    """Say between which hours somebody is not to be mailed; None twice for never. Raises ValidationError."""
    if (starts is None) is not (ends is None) or (starts is not None and starts == ends):
        raise ValidationError(_("Give both hours, and different ones, or none."))
    User.objects.filter(pk=user_id).update(quiet_from=starts, quiet_until=ends)


@transaction.atomic
def change_organisation(*, name: str, time_zone: str, currency: str) -> Organisation:
    """Change the organisation's settings. Raises ValidationError for an unknown zone."""
    row = Organisation.load()
    row.name, row.time_zone, row.currency = name, time_zone, currency
    row.full_clean()
    row.save()
    return row
