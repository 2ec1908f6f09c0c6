"""Pages and path sets: a path becomes a small id once, and sets follow when either changes."""

import re
from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from django.db import connection, transaction

from leads.activity.news import change_rules, keep_rules
from leads.models import Page, PathSet

MAX_PATH = 500


def path_of(url: str) -> str:
    """The path of a URL or bare path, without query, fragment and closing slash; at most 500 characters."""
    path = urlsplit(url.strip()).path
    path = re.sub(r"/{2,}", "/", f"/{path}").rstrip("/") or "/"
    return path[:MAX_PATH]


def pattern_matches(pattern: str, path: str) -> bool:
    """Whether a whole path matches; `*` stands for any run of characters, everything else for itself."""
    regex = ".*".join(re.escape(part) for part in pattern.split("*"))
    return re.fullmatch(regex, path) is not None


def page_ids(urls: Iterable[str]) -> dict[str, int]:
    """Map each distinct path of `urls` to its page id, making pages (and their place in path sets) as needed."""
    paths = sorted({path_of(url) for url in urls if url})
    if not paths:
        return {}
    known = dict(Page.objects.filter(path__in=paths).values_list("path", "id"))
    missing = [path for path in paths if path not in known]
    if missing:
        keep_rules()  # else a path set saved meanwhile would not see these pages, nor they it
        Page.objects.bulk_create([Page(path=path) for path in missing], ignore_conflicts=True)
        made = dict(Page.objects.filter(path__in=missing).values_list("path", "id"))
        known |= made
        _place(made)
    return known


def _place(pages: dict[str, int], sets: Collection[PathSet] | None = None) -> None:
    through = PathSet.pages.through
    rows = [
        through(pathset_id=path_set.pk, page_id=page_id)
        for path_set in (PathSet.objects.all() if sets is None else sets)
        for path, page_id in pages.items()
        if any(pattern_matches(pattern, path) for pattern in path_set.patterns)
    ]
    through.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def save_path_set(path_set: PathSet) -> None:
    """Save a path set, match it against every known page and touch the leads whose visits it gains or loses."""
    change_rules()
    path_set.save()
    before = set(path_set.pages.values_list("id", flat=True))
    path_set.pages.clear()
    _place(dict(Page.objects.values_list("path", "id")), [path_set])
    changed = before ^ set(path_set.pages.values_list("id", flat=True))
    if changed:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO leads_touched (lead_id, error)"
                " SELECT DISTINCT lead_id, '' FROM leads_activity WHERE page_id = ANY(%s)",
                [sorted(changed)],
            )
