"""Rows that tests of every app need, made through the flows."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from leads.activity.record import NewActivity, record
from leads.lifecycle.move import Move, move
from leads.models import Campaign, Cause, Handover, Kind, Lead, ScoreModel, Stage
from leads.people.capture import NewCapture, capture
from mail.letters import LetterSpec, prepare
from mail.models import Letter, Message, Sender
from mail.plan import Intent, plan
from scoring.engine import GroupSpec
from scoring.life import approve_version
from scoring.publish import Draft, publish_version, save_draft
from scoring.rules import RuleSpec
from users.clock import database_now
from users.models import Role, Team, User

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PAGE_VIEWED = {"leaf": "activity", "measure": "count", "op": "gte", "value": 1, "kinds": ["page_view"]}
# All of six digits: the leads of one capture are made in the order of their addresses, which is that of their numbers.
_numbers = count(100_000)


def minutes(number: float) -> timedelta:
    """A number of minutes."""
    return timedelta(minutes=number)


def make_user(role: str = Role.SALES_REP, **fields: Any) -> User:
    """A user of a role; sales people are in the sales team."""
    if role in (Role.SALES_REP, Role.SALES_MANAGER, Role.SDR):
        fields.setdefault("team", Team.objects.get(slug="sales"))
    return User.objects.create_user(
        fields.pop("email", f"user{next(_numbers)}@heshbonit4u.example"), role=role, **fields
    )


def make_campaign(slug: str = "spring", **fields: Any) -> Campaign:
    """A running campaign."""
    return Campaign.objects.create(slug=slug, name=fields.pop("name", slug.capitalize()), **fields)


def make_leads(number: int, *, now: datetime = NOW, **fields: Any) -> list[Lead]:
    """Captured leads with an address each, in order."""
    rows = []
    for _ in range(number):
        rows.append(NewCapture(**{"occurred_at": now, "email": f"lead{next(_numbers)}@acme.example", **fields}))
    ids = [captured.lead_id for captured in capture(rows, by=None, now=now)]
    found = Lead.objects.select_related("stage").in_bulk(ids)
    return [found[pk] for pk in ids if pk is not None]


def make_lead(*, now: datetime = NOW, **fields: Any) -> Lead:
    """One captured lead."""
    return make_leads(1, now=now, **fields)[0]


def view_pages(leads: Sequence[Lead | int], url: str = "/pricing", *, now: datetime = NOW, **fields: Any) -> None:
    """Each lead looks at a page once."""
    ids = [lead if isinstance(lead, int) else lead.pk for lead in leads]
    rows = [
        NewActivity(**{"lead_id": pk, "kind": Kind.PAGE_VIEW, "occurred_at": now, "url": url, **fields}) for pk in ids
    ]
    record(rows, by=None, now=now)


def move_to(lead: Lead, to: str, *, cause: Cause = Cause.PERSON, now: datetime = NOW, **fields: Any) -> Lead:
    """Move one lead; returns it as it stands then."""
    by = fields.pop("by", None)
    move([Move(lead_id=lead.pk, to=to, cause=cause, **fields)], by=by, now=now)
    return Lead.objects.select_related("stage").get(pk=lead.pk)


def make_handover(lead: Lead | None = None, *, now: datetime = NOW) -> Handover:
    """An open handover: a lead that a person qualified."""
    lead = lead or make_lead(now=now)
    move_to(lead, "mql", now=now)
    return Handover.objects.get(lead=lead, state="open")


def stage(slug: str) -> Stage:
    """A seeded stage."""
    return Stage.objects.get(slug=slug)


def publish_model(
    slug: str = "mql",
    rules: Sequence[RuleSpec] | None = None,
    groups: Sequence[GroupSpec] = (GroupSpec("fit", "fit"), GroupSpec("behaviour", "engagement")),
    *,
    purpose: str = "marketing",
    now: datetime = NOW,
    **draft: Any,
) -> ScoreModel:
    """A score model with a published version: by default 10 points for each page seen, halving every week."""
    model, _ = ScoreModel.objects.get_or_create(slug=slug, defaults={"name": slug.upper(), "purpose": purpose})
    if rules is None:
        each = {"of": "each", "kinds": ["page_view"]}
        rules = [RuleSpec(points=10, group="behaviour", per=each, half_life_days=7)]
    version = save_draft(model, Draft(groups=groups, rules=rules, **draft))
    if version.needs_approval:
        approve_version(version.pk, by=None, now=now)
    publish_version(version, by=None, now=now)
    return model


def make_letter(**fields: Any) -> Letter:
    """A letter with a name to fill in and two links."""
    places = {name: fields.pop(name, None) for name in ("number", "campaign_id", "sender_id")}
    series = fields.pop("series", "")
    html = (
        '<p>Hello {{ first_name|there }}, <a href="https://site.example/a">look</a> or '
        '<a href="https://site.example/b">that</a>. <a href="{{ unsubscribe_url }}">Unsubscribe</a></p>'
    )
    spec = LetterSpec(**{"name": "news", "subject": "News for {{ first_name|you }}", "html": html, **fields})
    return prepare(spec, series=series, **places)


def plan_mail(leads: Sequence[Lead], letter: Letter | None = None, *, now: datetime = NOW) -> list[Message]:
    """A nurture message to each lead, due at once."""
    letter = letter or make_letter()
    intents = [
        Intent(dedupe_key=f"test{next(_numbers)}:1", lead_id=lead.pk, letter_id=letter.pk, due_at=now) for lead in leads
    ]
    planned = plan(intents, now=now)
    Sender.objects.update(tokens=1000, refilled_at=database_now())
    return list(Message.objects.filter(pk__in=[one.message_id for one in planned]).order_by("pk"))
