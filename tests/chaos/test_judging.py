"""A storm's verdict: each kind of broken promise is seen."""

from collections import Counter
from dataclasses import replace

import pytest

from chaos.storm import Seen, judge

FINE = Seen(
    intents=3,
    kills=1,
    accepted=Counter({"a": 1, "c": 1}),
    states={"a": ("sent", "", 1), "b": ("failed", "refused", 2), "c": ("uncertain", "worker_lost", 1)},
    uncertain_before={"c": 1},
    faults={"drop_recorded": 0},
    seconds=2.0,
    listed=frozenset({"c"}),
)


def missed(seen: Seen) -> list[str]:
    return [result.id for result in judge(seen) if not result.met]


def test_a_kept_promise_is_seen():
    assert missed(FINE) == []


@pytest.mark.parametrize(
    ("change", "figures"),
    [
        ({"accepted": Counter({"a": 2, "c": 1})}, ["G1"]),
        ({"accepted": Counter({"a": 1, "x": 1})}, ["G1", "G2"]),
        ({"accepted": Counter({"c": 1})}, ["G2"]),
        ({"accepted": Counter({"a": 1, "b": 1})}, ["G2"]),
        ({"states": {**FINE.states, "b": ("claimed", "", 1)}}, ["G2"]),
        ({"intents": 4}, ["G2"]),
        ({"kills": 0}, ["G3"]),
        ({"uncertain_before": {"c": 0}}, ["G3"]),
        ({"uncertain_before": {"b": 1}}, ["G3"]),
        ({"listed": frozenset()}, ["G3"]),
    ],
)
def test_each_broken_promise_is_seen(change, figures):
    assert missed(replace(FINE, **change)) == figures
