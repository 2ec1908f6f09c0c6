"""A task added on a lead's page."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from leads.access import leads_for_user
from leads.forms.days import ComingTime
from leads.models import Lead, TaskKind
from leads.people.todo import NewTask
from users.access import Reach, access_of
from users.models import User

# The handover opens the first contact by itself.
KINDS = [(kind.value, kind.label) for kind in TaskKind if kind != TaskKind.FIRST_CONTACT]


def assignees(user: User) -> QuerySet[User]:
    """To whom the user may give tasks: the team; those who reach all leads, to anybody."""
    people = User.objects.filter(is_active=True).order_by("name", "email")
    if access_of(user).write in (Reach.ALL, Reach.MARKETING):
        return people
    return people.filter(team=user.team_id) if user.team_id is not None else people.filter(pk=user.pk)


class TaskForm(forms.Form):
    """What to do about a lead, by when, and who does it."""

    title = forms.CharField(label=_("What to do"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=KINDS, initial=TaskKind.FOLLOW_UP)
    due_at = ComingTime(label=_("By"), required=False)
    assignee = forms.ModelChoiceField(User.objects.none(), label=_("Who"), empty_label=None)

    def __init__(self, *args: Any, user: User, lead: Lead, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "task_%s", **kwargs})
        self.lead = lead
        self.fields["assignee"].queryset = assignees(user)  # type: ignore[attr-defined]
        self.fields["assignee"].initial = user.pk

    def clean_assignee(self) -> User:
        """Somebody who sees the lead."""
        person: User = self.cleaned_data["assignee"]
        if not leads_for_user(person).filter(pk=self.lead.pk).exists():
            raise forms.ValidationError(_("%(name)s does not see this lead.") % {"name": person})
        return person

    def task(self) -> NewTask:
        """The task as said."""
        values = self.cleaned_data
        return NewTask(
            lead_id=self.lead.pk,
            kind=TaskKind(values["kind"]),
            title=values["title"],
            assignee_id=values["assignee"].pk,
            team_id=values["assignee"].team_id,
            due_at=values["due_at"],
        )
