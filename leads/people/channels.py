"""Sources that an import or a form names for the first time."""

from collections.abc import Mapping

from leads.models import Channel


def channel_ids(names: Mapping[str, str]) -> dict[str, int]:
    """Map channel keys to ids; a key named for the first time becomes a channel of that name."""
    if not names:
        return {}
    known = dict(Channel.objects.filter(slug__in=names).values_list("slug", "pk"))
    missing = {slug: name for slug, name in names.items() if slug not in known}
    if missing:
        Channel.objects.bulk_create(
            [Channel(slug=slug, name=name) for slug, name in sorted(missing.items())], ignore_conflicts=True
        )
        known |= dict(Channel.objects.filter(slug__in=missing).values_list("slug", "pk"))
    return known
