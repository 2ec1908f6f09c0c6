"""Measure on throwaway services of our own, print both sides, keep bench/results.json."""

import json
import os
import sys
from pathlib import Path

from leadcrm.throwaway import own_services

RESULTS = Path(__file__).with_name("results.json")
FIGURES = ("P4", "P5", "P6", "P7", "COUNT", "P3", "P1", "P8", "P12", "P13", "J1")


def main() -> int:
    """Run the figures asked for; 0 even where a target is missed: this measures, it does not judge."""
    size = os.environ.get("SIZE") or "M"
    only = [name.strip() for name in (os.environ.get("ONLY") or ",".join(FIGURES)).split(",")]
    if size not in ("S", "M", "L") or not set(only) <= set(FIGURES):
        print(f"SIZE is S, M or L; ONLY lists some of {', '.join(FIGURES)}", file=sys.stderr)
        return 2
    with own_services("bench", kept=os.environ.get("BENCH_KEEP") == "1"):
        from bench.figures import run

        results = run(size, only)
    RESULTS.write_text(json.dumps([result.as_dict() for result in results], indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
