"""The figures by name, run one after another."""

from collections.abc import Callable, Sequence

from bench import asking, captures, imports, inbox, mail, memory, scores, visible
from bench.results import Result, table

MEASURES: dict[str, Callable[[str], list[Result]]] = {
    "P4": scores.p4,
    "P5": scores.p5,
    "P6": scores.p6,
    "P7": asking.p7,
    "COUNT": asking.count_,
    "P3": visible.p3,
    "P1": captures.p1,
    "P8": mail.p8,
    "P12": imports.p12,
    "P13": memory.p13,
    "J1": inbox.j1,
}


def run(size: str, only: Sequence[str]) -> list[Result]:
    """Measure and print."""
    results = [result for name, measure in MEASURES.items() if name in only for result in measure(size)]
    print("\n" + table(results), flush=True)
    return results
