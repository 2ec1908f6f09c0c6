"""Hints to the worker are cheap, and never in anybody's way."""

import pytest

from leads import nudge


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the one listener heard."""
    found: list[str] = []
    monkeypatch.setattr(nudge, "_listeners", {nudge.TOUCHED: [lambda: found.append("hint")]})
    monkeypatch.setattr(nudge, "_not_before", {})
    return found


def test_hints_close_together_are_one(heard: list[str]) -> None:
    nudge._tell(nudge.TOUCHED)
    nudge._tell(nudge.TOUCHED)

    assert heard == ["hint"]


def test_a_broker_that_is_away_is_left_alone_for_a_while(
    heard: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked = []

    def refuse() -> None:
        asked.append("hint")
        raise ConnectionError("refused")

    monkeypatch.setattr(nudge, "_listeners", {nudge.TOUCHED: [refuse]})
    monkeypatch.setattr(nudge, "SPACING_SECONDS", 0.0)

    nudge._tell(nudge.TOUCHED)
    nudge._tell(nudge.TOUCHED)

    assert asked == ["hint"]
    assert "the broker did not take a hint (refused)" in caplog.text
