"""When each version was in force, for whoever tells by what a lead was judged."""

from collections.abc import Collection, Mapping, Sequence

from leads.queries.judged_by import InForce
from scoring.models import ModelVersion


def versions_of(slugs: Collection[str]) -> Mapping[str, Sequence[InForce]]:
    """The versions of these models that were ever in force, by the key of the model."""
    rows = ModelVersion.objects.filter(model__slug__in=slugs, published_at__isnull=False)
    found: dict[str, list[InForce]] = {}
    for slug, name, number, since, until in rows.order_by("-published_at", "-number").values_list(
        "model__slug", "model__name", "number", "published_at", "retired_at"
    ):
        assert since is not None
        found.setdefault(slug, []).append(InForce(name, number, since, until))
    return found
