"""P12: plain lead rows from a CSV file by the command, beside COPY of them into a table with the same indexes."""

import csv
import io
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from django.db import connection

from bench.results import Result, at_most, spread
from bench.world import connect, empty_world

ROWS = {"S": 10_000, "M": 100_000, "L": 1_000_000}
ROUNDS = 3
FEW = 10  # the file that shows whether memory is flat has a tenth of the rows
NAMES = ["Dana", "Levi", "Noa", "Cohen", "Amit", "Katz", "Maya", "Peretz", "Omer", "Biton", "Yael", "Dahan"]
COLUMNS = (
    "email, first_name, last_name, job_title, phone, attributes, stage_id, stage_since, outcome, cycle, captured_at,"
    " created_at"
)


def p12(size: str) -> list[Result]:
    """How long both take, and what the import keeps in memory for ten times as many rows."""
    number = ROWS[size]
    empty_world("bench_imports")
    ours, copies = [], []
    with tempfile.TemporaryDirectory() as folder:
        file, few = Path(folder) / "people.csv", Path(folder) / "few.csv"
        write(file, number)
        write(few, number // FEW)
        small = _import(few)
        for _ in range(ROUNDS):
            copies.append(_copy(file))
            ours.append(_import(file))
    seconds = [run["seconds"] for run in ours]
    value, yardstick = statistics.median(seconds), statistics.median(copies)
    detail = f"rounds: {spread(seconds)}; COPY {spread(copies)}; {number / value:,.0f} rows/s"
    peak = max(run["peak"] for run in ours)
    grown = peak - small["peak"]
    flat = f"peak {peak:.0f} MB with {number:,} rows, {small['peak']:.0f} MB with {number // FEW:,}"
    return [
        at_most("P12", size, value, yardstick, "s", 10, detail),
        Result("P12 memory", size, grown, None, None, "MB", "≤ 20", grown <= 20, flat),
    ]


def write(path: Path, number: int) -> None:
    """People with an address each, of a thousand companies' domains."""
    dice = random.Random(number)
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(["Email", "First name", "Last name", "Job title"])
        for n in range(number):
            first, last = dice.choice(NAMES), dice.choice(NAMES)
            lines.writerow([f"{first}.{last}.{n}@acme{n % 1000}.example".lower(), first, last, "CFO"])


def _copy(path: Path) -> float:
    """Seconds of COPY into an empty table that is indexed as leads are, committed."""
    with path.open(newline="", encoding="utf-8") as file, connect() as other, other.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_lead; CREATE TABLE bench_lead (LIKE leads_lead INCLUDING ALL)")
        cursor.execute("SELECT min(id), now() FROM leads_stage")
        stage, now = cursor.fetchone()
        other.commit()
        rows = io.StringIO()
        lines = csv.writer(rows)
        for person in list(csv.reader(file))[1:]:
            lines.writerow([*person, "", "{}", stage, now, "", 1, now, now])
        rows.seek(0)
        start = time.perf_counter()
        cursor.copy_expert(f"COPY bench_lead ({COLUMNS}) FROM STDIN (FORMAT csv, NULL '~')", rows)
        other.commit()
        return time.perf_counter() - start


def _import(path: Path) -> dict[str, float]:
    """Seconds and peak memory of the command, in a process of its own, into a table without leads."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE leads_lead, leads_event, leads_touched CASCADE")
    database = str(connection.settings_dict["NAME"])
    command = [sys.executable, "-m", "bench.one_import", str(path), database]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])
