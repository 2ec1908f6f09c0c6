"""P7 and the live count: what a draft would do, beside a full re-score; how many leads a condition matches."""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

from bench.model import GROUPS, RULES
from bench.results import Result, at_most, spread
from bench.scores import CONNECTIONS, memory_added, scorer, timed
from bench.world import World, scored, world
from leads.lifecycle.criteria import set_criterion
from leads.models import ScoreModel, Stage
from leads.queries.matches import matches
from scoring.models import ModelVersion, VersionState
from scoring.publish import Draft, save_draft
from scoring.question import Question, question_of
from scoring.whatif import sampled, what_if
from users.models import User

ROUNDS = {"S": 5, "M": 3, "L": 1}
ASKED = 20
LIMIT = 500
_numbers = count(1)
VISITED = {"leaf": "activity", "measure": "visits", "op": "gte", "value": 3, "kinds": ["page_view"], "days": 30}
BIG = {"leaf": "company", "field": "employees", "op": "gte", "value": 200}
TREES: list[dict[str, Any]] = [
    {"leaf": "lead", "field": "seniority", "op": "in", "value": ["c_level", "vp"]},
    {"leaf": "score", "model": "bench", "op": "gte", "value": 60},
    {"all": [BIG, VISITED, {"leaf": "consent", "value": True}]},
    {"any": [{"not": VISITED}, {"leaf": "icp", "realm": "marketing", "op": "at_least", "value": "B"}]},
    {"leaf": "bant_count", "realm": "marketing", "state": "partly", "op": "gte", "value": 3},
]


def p7(size: str) -> list[Result]:
    """The whole answer on every lead ÷ a full re-score of the same leads, and the answer of a sample."""
    here = world(size)
    scored(here)
    question = question_of(_draft(here), now=here.now)
    with scorer(here, CONNECTIONS) as (score_all, _):
        memory = memory_added(lambda: what_if(question, now=here.now, connections=CONNECTIONS))
        answers, passes = [], []
        for _ in range(ROUNDS[size]):
            passes.append(timed(score_all))
            answers.append(_seconds(lambda: what_if(question, now=here.now, connections=CONNECTIONS)))
    detail = f"rounds: {spread(answers)}; P4 {spread(passes)}"
    return [
        at_most("P7", size, statistics.median(answers), statistics.median(passes), "s", 1.5, detail),
        Result("P7 memory", size, memory, None, None, "MB", "≤ 50", memory <= 50, "added in Python"),
        _sampled(question, here),
    ]


def _draft(here: World) -> ModelVersion:
    """A version that weighs one rule more and asks for fewer points, of the model that a stage asks for."""
    leaf = {"leaf": "score", "model": "bench", "op": "gte", "value": 80}
    set_criterion(Stage.objects.get(role="qualified"), leaf, by=None, now=here.now)
    rules = [replace(RULES[0], points=20), *RULES[1:]]
    model = ScoreModel.objects.get(slug="bench")
    model.versions.filter(state=VersionState.DRAFT).delete()  # of an earlier run
    return save_draft(model, Draft(groups=GROUPS, rules=rules, threshold=70))


def _sampled(question: Question, here: World) -> Result:
    times = [1e3 * _seconds(lambda seed=seed: sampled(question, now=here.now, seed=seed)) for seed in range(ASKED)]
    return _answer("P7 sampled", here.size, times, "")


def count_(size: str) -> list[Result]:
    """The first answer of the live count, as the builder asks for it, and how long the exact one takes."""
    here = world(size)
    scored(here)
    reader = User.objects.create_user(f"count-{here.now:%s}-{next(_numbers)}@bench.example", role="admin")
    first, exact = [], []
    for tree in TREES * 4:
        first.append(1e3 * _seconds(lambda tree=tree: matches(tree, reader, now=here.now)))
    for tree in TREES:
        exact.append(1e3 * _seconds(lambda tree=tree: matches(tree, reader, now=here.now, exactly=True)))
    return [_answer("Count", size, first, f"; exactly {statistics.median(exact):.0f}, slowest {max(exact):.0f}")]


def _answer(name: str, size: str, times: list[float], more: str) -> Result:
    p95 = statistics.quantiles(times, n=20)[-1]
    detail = f"median {statistics.median(times):.0f}, slowest {max(times):.0f}, n={len(times)}{more}"
    return Result(name, size, p95, None, None, "ms", f"≤ {LIMIT}", p95 <= LIMIT, detail)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
