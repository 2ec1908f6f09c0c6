"""The names a condition may use, read from the tables once per compilation."""

from datetime import datetime
from functools import cached_property

from django.db import connection

from leads.models import (
    AttributeDefinition,
    Campaign,
    Channel,
    Document,
    IcpProfile,
    PathSet,
    ScoreLegend,
    ScoreModel,
    Segment,
    Stage,
    TitleClass,
)
from users.models import Team, User
from users.rows import Reader

# Every table a compilation reads. Pages join and leave path sets, but never change there: their number and the last
# one tell as much as all of them, and there may be many.
_TABLES = {
    "users_organisation": "",
    "leads_attributedefinition": "",
    "leads_campaign": "",
    "leads_channel": "",
    "leads_document": "",
    "leads_icpprofile": "",
    "leads_icpcondition": "",
    "leads_pathset": "",
    "leads_scorelegend": "",
    "leads_scoremodel": "",
    "leads_segment": "",
    "leads_stage": "",
    "leads_titleclass": "",
    "leads_pathset_pages": "count(*) || ':' || max(id)",
}
ROW_VERSIONS = "string_agg(xmin::text || ctid::text, ',')"
# As SQL, a text that is another one as soon as a compilation may be: whoever keeps compiled statements compares it.
STAMP = " || '/' || ".join(
    f"coalesce((SELECT {what or ROW_VERSIONS} FROM {table}), '')" for table, what in _TABLES.items()
)
_DEFINITIONS = Reader(AttributeDefinition)
_PATH_SETS = Reader(PathSet)


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
        return {row.slug: row for row in _PATH_SETS.read("ORDER BY t.name")}

    @cached_property
    def pages_of(self) -> dict[int, list[int]]:
        """Page ids by path set id."""
        pages: dict[int, list[int]] = {row.pk: [] for row in self.path_sets.values()}
        with connection.cursor() as cursor:
            cursor.execute("SELECT pathset_id, page_id FROM leads_pathset_pages")
            for set_id, page_id in cursor.fetchall():
                pages[set_id].append(page_id)
        return pages

    @cached_property
    def models(self) -> dict[str, ScoreModel]:
        """Score models by slug."""
        return {row.slug: row for row in ScoreModel.objects.all()}

    @cached_property
    def grids(self) -> dict[int, dict[str, list[int]] | None]:
        """The grid of each model's version in force, by the model's id."""
        latest = ScoreLegend.objects.order_by("model_id", "-version").distinct("model_id")
        return dict(latest.values_list("model_id", "grid"))

    @cached_property
    def all_stages(self) -> dict[str, Stage]:
        """Stages by slug, in order, retired ones too: an old tree may name them."""
        return {row.slug: row for row in Stage.everything.order_by("position")}

    @cached_property
    def stages(self) -> dict[str, Stage]:
        """The stages a condition may name, by slug, in order."""
        return {slug: row for slug, row in self.all_stages.items() if row.retired_at is None}

    def counted_as(self, slug: str) -> list[int]:
        """The ids of all stages that count as the one of that slug."""
        counts_as = self.all_stages[slug].counts_as_id
        return [row.pk for row in self.all_stages.values() if row.counts_as_id == counts_as]

    @cached_property
    def segments(self) -> dict[str, Segment]:
        """Segments by slug."""
        return {row.slug: row for row in Segment.objects.all()}

    @cached_property
    def attributes(self) -> dict[tuple[str, str], AttributeDefinition]:
        """Attribute definitions by subject and key."""
        return {(row.subject, row.key): row for row in _DEFINITIONS.read("")}

    @cached_property
    def users(self) -> dict[str, User]:
        """Who works here, by e-mail; those who left too, for they may own leads."""
        return {row.email: row for row in User.objects.order_by("name", "email")}

    @cached_property
    def people(self) -> dict[int, User]:
        """The same by their number, which stays when the address changes."""
        return {row.pk: row for row in self.users.values()}

    @cached_property
    def teams(self) -> dict[str, Team]:
        """Teams by slug."""
        return {row.slug: row for row in Team.objects.order_by("name")}

    @cached_property
    def title_classes(self) -> dict[str, list[TitleClass]]:
        """Classes of job titles by what they tell, in the order they are asked."""
        found: dict[str, list[TitleClass]] = {kind: [] for kind in TitleClass.Kind.values}
        for row in TitleClass.objects.order_by("kind", "position"):
            found[row.kind].append(row)
        return found

    @cached_property
    def _profiles(self) -> dict[tuple[str, datetime | None], IcpProfile | None]:
        return {}

    def icp(self, realm: str, before: datetime | None = None) -> IcpProfile | None:
        """The latest profile of a realm, with its conditions; of those written `before` a moment where one is given."""
        if (realm, before) not in self._profiles:
            rows = IcpProfile.objects.filter(realm=realm).prefetch_related("conditions").order_by("-version")
            known = rows if before is None else rows.filter(recorded_at__lt=before)
            self._profiles[(realm, before)] = known.first()
        return self._profiles[(realm, before)]
