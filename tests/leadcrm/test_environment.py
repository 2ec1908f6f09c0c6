"""The environment: every variable the code reads is explained to whoever sets it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(r"""\benv(?:\.\w+)?\(\s*["']([A-Z_]+)|environ(?:\.get\(|\[)\s*["']([A-Z_]+)""")
# Told by one of our processes to another, or by make and Django.
INNER = {"DJANGO_SETTINGS_MODULE", "LEADCRM_SUPERVISED", "MAKELEVEL"}


def variables() -> set[str]:
    found = {"POSTGRES_PASSWORD"}
    for path in (*(ROOT / "leadcrm").rglob("*.py"), ROOT / "manage.py"):
        found |= {first or second for first, second in READ.findall(path.read_text())}
    return found - INNER


@pytest.mark.parametrize("name", sorted(variables()))
def test_a_variable_is_explained(name):
    assert re.search(rf"^#?{name}=", (ROOT / ".env.example").read_text(), re.MULTILINE), "missing in .env.example"
    assert f"`{name}`" in (ROOT / "docs" / "operations.md").read_text(), "missing in docs/operations.md"


def test_the_example_names_no_variable_nobody_reads():
    named = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert named == variables()


def test_the_compose_file_holds_no_secret():
    compose = (ROOT / "docker-compose.yml").read_text()

    assert not re.search(r"^\s+\w*(PASSWORD|SECRET_KEY|DATABASE_URL): (?!.*\$\{)", compose, re.MULTILINE)
    assert "env_file: .env" in compose
