"""Which moves are legal and which lines they write, without a database."""

import pytest

from leads.lifecycle.rules import Standing, refusal, steps
from leads.models import Cause, Outcome, Stage
from leads.seed import STAGES
from tests.factories import NOW

LINE = [
    Stage(pk=number, slug=slug, label=label, name=name, role=role, realm=realm, position=number * 10)
    for number, (slug, label, name, role, realm) in enumerate(STAGES, start=1)
]
BY_SLUG = {stage.slug: stage for stage in LINE}


def at(slug: str, outcome: str = "") -> Standing:
    return Standing(BY_SLUG[slug], outcome, 1, NOW)


def target(name: str) -> Stage | Outcome:
    return BY_SLUG[name] if name in BY_SLUG else Outcome(name)


def walked(here: Standing, to: str, *, begins: bool = False) -> list[str]:
    """Each line as where>where, ~ for passed through, < for backward."""
    return [
        f"{'~' if step.passed_through else ''}{'<' if step.backward else ''}{step.outcome or step.to_stage.slug}"
        for step in steps(here, target(to), LINE, begins=begins)
    ]


@pytest.mark.parametrize(
    ("here", "to", "cause"),
    [
        (at("mcl"), "mel", Cause.PERSON),
        (at("mcl"), "mql", Cause.CRITERIA),
        (at("mql"), "sal", Cause.HANDOVER),
        (at("sal"), "sql", Cause.CRITERIA),
        (at("sql"), "sqo", Cause.PROOF),
        (at("sal"), "mel", Cause.PERSON),
        (at("mcl"), "nurture", Cause.PERSON),
        (at("sqo"), "won", Cause.PERSON),
        (at("sal"), "lost", Cause.PERSON),
        (at("mel"), "won", Cause.IMPORT),
        (at("mcl"), "sal", Cause.IMPORT),
        (at("sqo", "lost"), "mel", Cause.PERSON),
        (at("mcl", "nurture"), "mcl", Cause.PERSON),
    ],
)
def test_allowed_moves(here: Standing, to: str, cause: Cause) -> None:
    assert refusal(here, target(to), cause, begins=False) == ""


@pytest.mark.parametrize(
    ("here", "to", "cause", "why"),
    [
        (at("mel"), "mel", Cause.PERSON, "already stands"),
        (at("mql"), "sal", Cause.PERSON, "sales decision"),
        (at("mcl"), "sql", Cause.CRITERIA, "sales decision"),
        (at("sql"), "sqo", Cause.CRITERIA, "proof"),
        (at("sql"), "sqo", Cause.PERSON, "proof"),
        (at("mql"), "mel", Cause.CRITERIA, "only promote"),
        (at("mcl", "nurture"), "mel", Cause.CRITERIA, "only promote"),
        (at("sql"), "won", Cause.PERSON, "Only an opportunity"),
        (at("mql"), "lost", Cause.PERSON, "sales works on"),
        (at("sqo", "won"), "lost", Cause.PERSON, "already ended"),
        (at("sal"), "mel", Cause.IMPORT, "never moves a lead backwards"),
        (at("mel", "disqualified"), "sal", Cause.PERSON, "sales decision"),
        (Standing(None, "", 0, None), "won", Cause.IMPORT, "not been captured"),
    ],
)
def test_refused_moves(here: Standing, to: str, cause: Cause, why: str) -> None:
    assert why in refusal(here, target(to), cause, begins=False)


def test_a_jump_passes_through_the_stages_between() -> None:
    assert walked(at("mcl"), "sal") == ["~mel", "~mql", "sal"]


def test_the_first_move_enters_the_first_stage() -> None:
    assert walked(Standing(None, "", 0, None), "mcl", begins=True) == ["mcl"]


def test_a_way_back_is_one_backward_line() -> None:
    assert walked(at("sql"), "mel") == ["<mel"]


def test_an_outcome_keeps_the_stage() -> None:
    (step,) = steps(at("mel"), Outcome.NURTURE, LINE, begins=False)

    assert (step.to_stage.slug, step.outcome) == ("mel", "nurture")


def test_a_win_walks_up_to_the_last_stage_first() -> None:
    assert walked(at("mel"), "won") == ["~mql", "~sal", "~sql", "~sqo", "won"]


def test_a_new_pass_starts_from_the_first_stage() -> None:
    assert walked(at("sqo", "won"), "mcl", begins=True) == ["mcl"]
    assert walked(at("sqo", "lost"), "mel") == ["~mcl", "mel"]
