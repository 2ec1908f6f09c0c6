"""Who loaded the picture or followed the link (R32): rules over one hit and those around it, nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from leads.models import Evidence
from mail.agents import Asker, asker

AT_ONCE_SECONDS = 2.0  # after the mail server was given the mail: nobody reads that fast
BURST_SECONDS = 10.0
BURST_LINKS = 3
QUICK_SECONDS = 2.0
QUICK_LINKS = 2


class Sign(StrEnum):
    """What a verdict rests on."""

    NONE = ""
    HEAD = "head"
    PREFETCH = "prefetch"
    NO_AGENT = "no_agent"
    AGENT = "agent"
    AT_ONCE = "at_once"
    BURST = "burst"
    PROXY = "proxy"  # loads whether or not anybody opens
    IMAGE_PROXY = "image_proxy"  # loads when somebody opens


@dataclass(frozen=True, slots=True)
class Click:
    """One link of the same mail that was followed, seconds after the hit that is judged (negative: before)."""

    seconds: float
    link: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A hit and what is known around it. `since_handing`: seconds, None where the mail's handing is not known."""

    is_click: bool
    method: str
    agent: str
    is_prefetch: bool
    since_handing: float | None
    around: Sequence[Click] = ()  # for a click, itself among them


def judge(seen: Seen) -> tuple[Evidence, Sign]:
    """The verdict, with the sign it rests on. One sign of a machine is enough."""
    if sign := _of_a_machine(seen):
        return Evidence.MACHINE, sign
    who = asker(seen.agent)
    if seen.is_click:
        return Evidence.HUMAN, Sign.NONE
    if who is Asker.PRELOADER:
        return Evidence.UNSURE, Sign.PROXY
    return Evidence.HUMAN, Sign.IMAGE_PROXY if who is Asker.IMAGE_PROXY else Sign.NONE


def _of_a_machine(seen: Seen) -> Sign:
    if seen.method == "HEAD":
        return Sign.HEAD
    if seen.is_prefetch:
        return Sign.PREFETCH
    if sign := _by_name(asker(seen.agent), is_click=seen.is_click):
        return sign
    if seen.since_handing is not None and seen.since_handing <= AT_ONCE_SECONDS:
        return Sign.AT_ONCE
    return Sign.BURST if seen.is_click and is_burst(seen.around) else Sign.NONE


def _by_name(who: Asker, *, is_click: bool) -> Sign:
    if who is Asker.NOBODY:
        return Sign.NO_AGENT
    # Proxies load pictures; no person follows a link through one.
    is_proxy = who in (Asker.PRELOADER, Asker.IMAGE_PROXY)
    return Sign.AGENT if who is Asker.MACHINE or (is_proxy and is_click) else Sign.NONE


def is_burst(clicks: Sequence[Click]) -> bool:
    """Whether the click at second 0 is one of more different links than a person follows in that time."""
    return _has_window(clicks, BURST_SECONDS, BURST_LINKS) or _has_window(clicks, QUICK_SECONDS, QUICK_LINKS)


def _has_window(clicks: Sequence[Click], seconds: float, links: int) -> bool:
    """Whether some window of that length holds second 0 and so many different links."""
    starts = [click.seconds for click in clicks if -seconds <= click.seconds <= 0]
    return any(
        len({click.link for click in clicks if start <= click.seconds <= start + seconds}) >= links for start in starts
    )
