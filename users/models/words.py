"""What a person and a token may be."""

from django.db import models
from django.utils.translation import gettext_lazy as _


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
