"""What people have to do, and what to say while they do it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models.people import BuyingRole


class CallResult(models.TextChoices):
    """How a call went (R43)."""

    REACHED = "reached", _("reached")
    NO_ANSWER = "no_answer", _("not reached")
    LEFT_MESSAGE = "left_message", _("left a message")
    CALL_BACK = "call_back", _("call back")
    NOT_NOW = "not_now", _("not now")
    WRONG_PERSON = "wrong_person", _("wrong person")


class TaskKind(models.TextChoices):
    FIRST_CONTACT = "contact", _("First contact")
    CALL_BACK = "call_back", _("Call back")
    DIAGNOSE = "diagnose", _("Find out more")
    FOLLOW_UP = "follow_up", _("Follow up")


class Task(models.Model):
    """Something a person or a team has to do about a lead."""

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="tasks", db_index=False)
    cycle = models.PositiveSmallIntegerField()
    kind = models.CharField(_("kind"), max_length=10, choices=TaskKind)
    title = models.CharField(_("what to do"), max_length=200)
    assignee = models.ForeignKey(
        "users.User", models.SET_NULL, null=True, blank=True, related_name="tasks", verbose_name=_("who")
    )
    team = models.ForeignKey("users.Team", models.PROTECT, null=True, blank=True, verbose_name=_("team"))
    due_at = models.DateTimeField(_("by"), null=True, blank=True)
    created_at = models.DateTimeField()
    by = models.ForeignKey("users.User", models.SET_NULL, null=True, related_name="+", db_index=False)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey("users.User", models.SET_NULL, null=True, related_name="+", db_index=False)
    told_at = models.DateTimeField(null=True)  # when its news left that it is due

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=TaskKind.values), name="task_kind_known"),
            models.CheckConstraint(condition=~Q(title=""), name="task_says_what"),
            models.UniqueConstraint(
                fields=["lead", "cycle"],
                condition=Q(kind="contact", done_at__isnull=True),
                name="task_one_first_contact",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["assignee", "due_at"], name="task_open", condition=Q(done_at__isnull=True)),
            models.Index(
                fields=["due_at"],
                name="task_to_tell",
                condition=Q(done_at__isnull=True, told_at__isnull=True, assignee__isnull=False),
            ),
            models.Index(fields=["lead", "-id"], name="task_lead"),
        ]

    def __str__(self) -> str:
        return self.title


class ScriptKind(models.TextChoices):
    TALKING_POINT = "point", _("Talking point")
    QUESTION = "question", _("Discovery question")
    CALL = "call", _("Call script")
    OBJECTION = "objection", _("Answer to an objection")


class Script(models.Model):
    """What to say, by stage, role in the decision and pain (R64). What is empty suits all."""

    kind = models.CharField(_("kind"), max_length=10, choices=ScriptKind)
    text = models.TextField(_("text"))
    stage = models.ForeignKey("leads.Stage", models.PROTECT, null=True, blank=True, verbose_name=_("stage"))
    role = models.CharField(_("role in the decision"), max_length=20, choices=BuyingRole, blank=True)
    pain = models.CharField(
        _("pain"), max_length=100, blank=True, help_text=_("Words that stand in the company's pains.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("script")
        verbose_name_plural = _("scripts")
        ordering: ClassVar = ["kind", "position", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=ScriptKind.values), name="script_kind_known"),
            models.CheckConstraint(condition=~Q(text=""), name="script_says_something"),
        ]

    def __str__(self) -> str:
        return self.text[:60]
