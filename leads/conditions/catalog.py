"""The names a condition may use, read from the tables once per compilation."""

from functools import cached_property

from leads.models import (
    AttributeDefinition,
    Campaign,
    Channel,
    Document,
    PathSet,
    ScoreModel,
    Stage,
)
from users.rows import Reader

# Every table a compilation reads. Pages join and leave path sets, but never change there: their number and the last
# one tell as much as all of them, and there may be many.
_TABLES = {
    "users_organisation": "",
    "leads_attributedefinition": "",
    "leads_campaign": "",
    "leads_channel": "",
    "leads_document": "",
    "leads_pathset": "",
    "leads_scoremodel": "",
    "leads_stage": "",
    "leads_pathset_pages": "count(*) || ':' || max(id)",
}
ROW_VERSIONS = "string_agg(xmin::text || ctid::text, ',')"
# As SQL, a text that is another one as soon as a compilation may be: whoever keeps compiled statements compares it.
STAMP = " || '/' || ".join(
    f"coalesce((SELECT {what or ROW_VERSIONS} FROM {table}), '')" for table, what in _TABLES.items()
)
_DEFINITIONS = Reader(AttributeDefinition)


class Catalog:
    """Slug to row of everything nameable. Each table is read when first asked for."""

    @cached_property
    def campaigns(self) -> dict[str, Campaign]:
        """Campaigns by slug."""
        return {row.slug: row for row in Campaign.objects.all()}

    @cached_property
    def channels(self) -> dict[str, Channel]:
        """Channels by slug."""
        return {row.slug: row for row in Channel.objects.all()}

    @cached_property
    def documents(self) -> dict[str, Document]:
        """Documents by slug."""
        return {row.slug: row for row in Document.objects.all()}

    @cached_property
    def path_sets(self) -> dict[str, PathSet]:
        """Path sets by slug."""
        return {row.slug: row for row in PathSet.objects.all()}

    @cached_property
    def pages_of(self) -> dict[int, list[int]]:
        """Page ids by path set id."""
        pages: dict[int, list[int]] = {row.pk: [] for row in self.path_sets.values()}
        for set_id, page_id in PathSet.pages.through.objects.values_list("pathset_id", "page_id"):
            pages[set_id].append(page_id)
        return pages

    @cached_property
    def models(self) -> dict[str, ScoreModel]:
        """Score models by slug."""
        return {row.slug: row for row in ScoreModel.objects.all()}

    @cached_property
    def stages(self) -> dict[str, Stage]:
        """Stages by slug, in order."""
        return {row.slug: row for row in Stage.objects.order_by("position")}

    @cached_property
    def attributes(self) -> dict[tuple[str, str], AttributeDefinition]:
        """Attribute definitions by subject and key."""
        return {(row.subject, row.key): row for row in _DEFINITIONS.read("")}
