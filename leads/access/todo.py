"""Whose tasks a user may see and do."""

from django.db.models import Q, QuerySet

from leads.access import leads_for_user
from leads.models import Task
from users.access import Reach, access_of
from users.models import User


def tasks_for_user(user: User, verb: str = "read") -> QuerySet[Task]:
    """Tasks the user may "read" or "write": their own, and those of leads within that reach."""
    access = access_of(user)
    if (access.write if verb == "write" else access.read) == Reach.ALL:
        return Task.objects.all()
    return Task.objects.filter(Q(assignee=user) | Q(lead__in=leads_for_user(user, verb).values("pk")))
