"""What every page's frame shows: the places this user may open, by realm."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models.functions import Now
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from leads.access import handovers_to_decide, waiting
from leads.models import Task
from leads.queries.notices import unread_count
from scoring.borderline import teams_models, waiting_for_team
from users.access import Right, has_right
from users.clock import database_now
from users.models import User

Label = str | Promise
DECIDERS = (Right.DECIDE_HANDOVERS,)
RULE_BUILDERS = (Right.BUILD_RULES, Right.BUILD_SALES_MODELS)
IMPORTERS = (Right.BUILD_RULES,)
REPORT_READERS = (Right.SEE_REPORTS,)
MAIL_WRITERS = (Right.BUILD_RULES,)
SETTERS = (Right.CHANGE_SETTINGS,)
SPEAKERS = (Right.DIAGNOSE,)
SALES_SETTERS = (Right.BUILD_SALES_MODELS,)


@dataclass(frozen=True)
class Place:
    """A page the frame may link to. `key` follows `g`; `tab` puts it into the phone's tab bar."""

    view: str
    icon: str
    label: Label
    key: str = ""
    rights: tuple[Right, ...] = ()  # any of them opens it; empty: everybody
    tab: bool = False
    count: Callable[[HttpRequest], int] | None = None
    is_for: Callable[[User], bool] | None = None  # of those with the rights, whose daily work it is
    within: tuple[str, ...] = ()  # views that belong to it though their addresses lie elsewhere


@dataclass(frozen=True)
class Section:
    """Places of one realm, or of none."""

    label: Label
    realm: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Link:
    """A place as a template draws it."""

    place: Place
    url: str
    current: bool
    count: int | None = None

    @property
    def due(self) -> bool:
        """Whether the count asks for somebody's decision."""
        return bool(self.count)


def open_handovers(request: HttpRequest) -> int:
    """How many leads wait for this person's decision."""
    if not isinstance(request.user, User):
        return 0
    return waiting(handovers_to_decide(request.user), Now()).count()


def due_tasks(request: HttpRequest) -> int:
    """How many tasks of this person are due."""
    if not isinstance(request.user, User):
        return 0
    due = Task.objects.filter(assignee=request.user, done_at=None, due_at__lte=Now(), lead__archived_at=None)
    return due.count()


def reviews(user: User) -> bool:
    """Whether the user's team looks at leads just below a threshold."""
    return user.team_id is not None and bool(teams_models(user))


def waiting_borderline(request: HttpRequest) -> int:
    """How many leads wait in the queues of this person's team."""
    return waiting_for_team(request.user, database_now()) if isinstance(request.user, User) else 0


SECTIONS = (
    Section(
        "",
        "",
        (
            Place("leads:lead_list", "users", _("Leads"), "l", tab=True),
            Place("leads:company_list", "building", _("Companies"), "c", tab=True),
            Place("leads:task_list", "calendar-event", _("Tasks"), "h", count=due_tasks),
        ),
    ),
    Section(
        _("Marketing"),
        "marketing",
        (
            Place("nurturing:sequence_list", "mail", _("Sequences"), "q", MAIL_WRITERS),
            Place("scoring:model_list", "target-arrow", _("Scoring"), "s", RULE_BUILDERS),
            Place("leads:stage_list", "checklist", _("Stages"), "t", RULE_BUILDERS),
            Place("leads:segment_list", "tag", _("Segments"), "j", RULE_BUILDERS),
            Place("leads:icp_list", "user", _("Ideal customer"), "y", RULE_BUILDERS),
            Place("mail:message_list", "send", _("Mail"), "d", MAIL_WRITERS),
            Place("capture:import_list", "file-import", _("Import"), "p", IMPORTERS),
        ),
    ),
    Section(
        _("Sales"),
        "sales",
        (
            Place("leads:desk", "phone", _("Call desk"), "k", SPEAKERS),
            Place("leads:inbox", "inbox", _("Inbox"), "i", DECIDERS, tab=True, count=open_handovers),
            Place("leads:deal_board", "layout-kanban", _("Opportunities"), "b"),
            Place("leads:customer_list", "users-group", _("Customers"), "u"),
            Place(
                "scoring:borderline_home",
                "filter",
                _("Borderline"),
                "g",
                count=waiting_borderline,
                is_for=reviews,
                within=("scoring:borderline", "scoring:borderline_review"),
            ),
            Place("leads:routing_list", "git-branch", _("Routing"), "r", SALES_SETTERS),
            Place("leads:script_list", "note", _("Scripts"), "w", SALES_SETTERS),
        ),
    ),
    Section(
        _("Reports"),
        "",
        (
            Place("reports:funnel", "chart-funnel", _("Funnel"), "f", REPORT_READERS, tab=True),
            Place("reports:sources", "chart-bar", _("Sources"), "o", REPORT_READERS),
            Place("reports:icp", "target-arrow", _("What winners share"), "z", REPORT_READERS),
            Place("reports:deals", "coin", _("Won and lost"), "x", REPORT_READERS),
            Place("reports:feedback", "clipboard-check", _("Feedback"), "a", REPORT_READERS),
            Place("reports:digest", "calendar-event", _("Weekly digest"), "v", RULE_BUILDERS),
        ),
    ),
    Section(
        "",
        "foot",
        (
            Place("mailbox:mail_list", "mail-opened", _("Mailbox"), "m", MAIL_WRITERS),
            Place("admin:index", "settings", _("Settings"), "e", SETTERS),
        ),
    ),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor. Lazy, so that an answer which draws no frame costs nothing."""
    return {"nav": SimpleLazyObject(lambda: navigation(request)), "unread": SimpleLazyObject(lambda: unread(request))}


def unread(request: HttpRequest) -> int:
    """How many notifications the bell counts."""
    user = getattr(request, "user", None)
    return unread_count(user.pk) if isinstance(user, User) else 0


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sections with at least one place this user may open."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return []
    found = _open_to(user)
    here = _named(request, found) or _longest_prefix(request.path, list(found.values()))
    sections: list[dict[str, Any]] = []
    for section in SECTIONS:
        links = [
            Link(place, found[place.view], found[place.view] == here, place.count(request) if place.count else None)
            for place in section.places
            if place.view in found
        ]
        if links:
            # The seam of the handover is drawn only where both realms are.
            seam = section.realm == "sales" and any(before["realm"] == "marketing" for before in sections)
            sections.append({"label": section.label, "realm": section.realm, "links": links, "seam": seam})
    return sections


def _open_to(user: User) -> dict[str, str]:
    """The addresses this user may open, by the name of their view."""
    places = (place for section in SECTIONS for place in section.places)
    allowed = (place for place in places if not place.rights or any(has_right(user, right) for right in place.rights))
    mine = (place for place in allowed if place.is_for is None or place.is_for(user))
    return {place.view: url for place in mine if (url := _address(place.view))}


def _address(view: str) -> str:
    try:
        return reverse(view)
    except NoReverseMatch:  # a page whose app brings no addresses is left out, not linked to nowhere
        return ""


def _named(request: HttpRequest, found: dict[str, str]) -> str:
    """The link that claims the page by name."""
    view = request.resolver_match.view_name if request.resolver_match else ""
    places = (place for section in SECTIONS for place in section.places)
    return next((found.get(place.view, "") for place in places if view in place.within), "")


def _longest_prefix(path: str, urls: list[str]) -> str:
    """The link under which `path` lies, so that a lead's page marks Leads."""
    return max((url for url in urls if path.startswith(url)), key=len, default="")
