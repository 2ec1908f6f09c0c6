"""Landmarks have names of their own: who hears a page can tell one region from the next."""

import re
from pathlib import Path

TEMPLATES = Path(__file__).parents[2] / "templates"
TAG = re.compile(r"<(section|nav|aside|div|ul|ol|form)\b((?:[^>{]|\{\{.*?\}\}|\{%.*?%\})*)>", re.DOTALL)
NAME = re.compile(r"aria-label(?:ledby)?=\"((?:[^\"{]|\{\{.*?\}\}|\{%.*?%\})*)\"", re.DOTALL)


def _names(text: str) -> list[str]:
    """The names of a template's sections and regions, as they are written."""
    found = [tag for tag in TAG.finditer(text) if tag[1] == "section" or 'role="region"' in tag[2]]
    return [name[1] for tag in found for name in NAME.finditer(tag[2])]


def test_no_section_of_a_template_shares_its_name_with_what_scrolls_in_it() -> None:
    twice = {
        str(file.relative_to(TEMPLATES)): sorted({name for name in names if names.count(name) > 1})
        for file in TEMPLATES.rglob("*.html")
        if len(names := _names(file.read_text())) > len(set(names))
    }

    assert not twice


def test_a_shared_name_is_seen() -> None:
    text = '<section aria-labelledby="a-h"><div class="x"\n role="region"\n aria-labelledby="a-h"></div></section>'

    assert _names(text) == ["a-h", "a-h"]
