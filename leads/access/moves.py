"""Who may move leads where by hand: the stage says so, whoever may write the lead otherwise."""

from django.core.exceptions import PermissionDenied
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from leads.models import Stage
from users.models import Role, User


def movers(stage: Stage) -> list[str]:
    """The roles that move leads to the stage, in words; none where everybody does who may write the lead."""
    return [str(Role(role).label) for role in Role.values if role in stage.moved_by]


def why_not_by(user: User, stage: Stage) -> str:
    """Why this user may not move leads to the stage by hand; empty where they may. Administrators always may."""
    if not stage.moved_by or user.role in (Role.ADMIN, *stage.moved_by):
        return ""
    who = get_text_list(movers(stage), _("or"))
    return _("Moved to %(stage)s by hand: %(who)s only. Ask one of them.") % {"stage": stage.label, "who": who}


def need_mover(user: User, **which: str) -> None:
    """Refuse those who may not move leads to the stage of that key or role. Raises PermissionDenied."""
    stage = Stage.objects.filter(**which).first()
    if stage is not None and (why := why_not_by(user, stage)):
        raise PermissionDenied(why)
