"""Bearer tokens of users."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from users.models.people import User
from users.models.words import Scope


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
