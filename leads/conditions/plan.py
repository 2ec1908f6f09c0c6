"""A compilation: leaves ask it for parameters, joins and measures; it renders the one FROM clause they share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from leads.conditions.catalog import Catalog

FEW_FILTERS = 3  # asked of every row read, and again by what counts them


@dataclass(frozen=True)
class Scope:
    """Which leads a statement is about: a range of ids, a list of ids, or all."""

    low: int | None = None
    high: int | None = None
    ids: Sequence[int] | None = None

    def condition(self, column: str) -> str:
        """The restriction of an id column, as SQL over %(low)s, %(high)s, %(ids)s."""
        if self.ids is not None:
            return f"{column} = ANY(%(ids)s)"
        if self.low is not None:
            return f"{column} >= %(low)s AND {column} < %(high)s"
        return "TRUE"

    @property
    def params(self) -> dict[str, Any]:
        """The values of those parameters."""
        if self.ids is not None:
            return {"ids": list(self.ids)}
        return {} if self.low is None else {"low": self.low, "high": self.high}


@dataclass(frozen=True)
class Selection:
    """Which activities a measure counts: an SQL filter over alias `a`, beside what it asks of the evidence."""

    filter: str
    kinds: frozenset[int] | None
    window_start: datetime | None
    unsure: bool

    @property
    def evidence(self) -> str:
        """What it asks of the evidence, as SQL."""
        return f"a.evidence <= {int(self.unsure)}"


@dataclass
class Plan:
    """Collects what the leaves of one or many trees need, then renders the statement they all share.

    `today` is the organisation's day scored for. `past` restricts facts to those known by the end of that day;
    without it every recorded fact counts, which is the same on the day itself, because no fact lies in the future.
    """

    today: date
    zone: ZoneInfo
    catalog: Catalog = field(default_factory=Catalog)
    past: bool = False
    # Where the scores of a model are read, by its id, for the question "what if"; of all others those in force.
    scores: Mapping[int, str] = field(default_factory=dict)
    # A table that holds `account_sums()` of all leads, made once for a whole pass; without it they are asked anew.
    sums: str = ""
    # The grids of models, by their ids, for the same question.
    grids: Mapping[int, Mapping[str, list[int]] | None] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    _measures: dict[tuple[str, Selection, str, bool], str] = field(default_factory=dict)
    _units: dict[tuple[Selection, str], dict[str, str]] = field(default_factory=dict)
    _leaving: dict[tuple[int, int, bool], list[Selection]] = field(default_factory=dict)
    _horizon: int = 0
    _joins: dict[str, str] = field(default_factory=dict)

    def param(self, value: Any) -> str:
        """A named parameter holding `value`."""
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f"%({name})s"

    def day_start(self, day: date) -> datetime:
        """The first instant of a day in the organisation's zone."""
        return datetime.combine(day, time.min, tzinfo=self.zone)

    def window_start(self, days: int) -> datetime:
        """The first instant of a window of that many whole days that ends with today."""
        return self.day_start(self.today - timedelta(days=days - 1))

    def instant(self, moment: datetime) -> str:
        """A literal instant: a constant for the planner, unlike now() which is evaluated per row."""
        return f"'{moment.isoformat()}'::timestamptz"

    def day(self, instant: str) -> str:
        """The organisation's day of an SQL instant."""
        return f"({instant} AT TIME ZONE '{self.zone.key}')::date"

    @property
    def today_literal(self) -> str:
        """Today as an SQL date."""
        return f"DATE '{self.today.isoformat()}'"

    def measure(self, aggregate: str, selection: Selection, within: str = "{}", *, account: bool = False) -> str:
        """A column of the one pass over the activities: `aggregate` over the rows of `selection`.

        `within` is an expression around it, computed once a lead however often the column is used. With `account` the
        pass is another one, over the activities of everybody at the lead's company.
        """
        name = self._measures.setdefault((aggregate, selection, within, account), f"c{len(self._measures)}")
        return f"{'ma' if account else 'm'}.{name}"

    def measure_units(self, aggregate: str, selection: Selection, key: str) -> str:
        """A column of a pass of its own: `aggregate` over one row for every different `key`, `u.latest` its latest act.

        What has no key is no unit. Numbers of different keys need no such pass: measure() counts them.
        """
        columns = self._units.setdefault((selection, key), {})
        name = columns.setdefault(aggregate, f"c{len(columns)}")
        return f"u{list(self._units).index((selection, key))}.{name}"

    def leaving(self, selection: Selection, days: int, *, account: bool = False) -> str:
        """The day the oldest fact of a selection leaves its window of so many days, as SQL; always a later day.

        Selections of one length within one horizon share a column: the first to lose a fact decides.
        """
        self._leaving.setdefault((self._horizon, days, account), []).append(selection)
        return f"{'ma' if account else 'm'}.e{self._horizon}_{days}"

    def new_horizon(self) -> None:
        """Keep the days asked for from here on apart from those before."""
        self._horizon += 1

    def join(self, alias: str, text: str) -> None:
        """A LEFT JOIN under an alias; {scope} in the text restricts `lead_id` to the leads at hand."""
        self._joins[alias] = text

    def company(self) -> None:
        """Join the company as `c`."""
        then = self._as_of("company", "t.id = l.company_id")
        self.join(
            "c",
            f"LEFT JOIN LATERAL {then} c ON TRUE" if self.past else "LEFT JOIN leads_company c ON c.id = l.company_id",
        )

    @property
    def known_before(self) -> datetime | None:
        """On a past day its end: what was written down later was not known. Otherwise everything counts."""
        return self.day_start(self.today + timedelta(days=1)) if self.past else None

    def known(self, alias: str) -> str:
        """What keeps later facts out of a past day, for a table with occurred_at and recorded_at."""
        if self.known_before is None:
            return "TRUE"
        end = self.instant(self.known_before)
        return f"{alias}.occurred_at < {end} AND {alias}.recorded_at < {end}"

    def of_pass(self, column: str) -> str:
        """A column of the current pass, as SQL; on a past day of the last pass known then."""
        if not self.past and column in ("cycle", "channel_id", "campaign_id"):
            return f"l.{column}"  # the lead carries those
        which = "w.cycle = l.cycle"
        if self.past:
            which = (
                "EXISTS (SELECT FROM leads_stagechange h WHERE h.lead_id = w.lead_id AND h.cycle = w.cycle"
                f" AND {self.known('h')})"
            )
        return f"(SELECT w.{column} FROM leads_pass w WHERE w.lead_id = l.id AND {which} ORDER BY w.cycle DESC LIMIT 1)"

    def source(self, scope: Scope) -> str:
        """The FROM clause: leads as `l` with every join and the measures as `m`."""
        parts = [f"FROM {self._as_of('lead', scope.condition('t.id'))} l"]
        parts += [text.replace("{scope}", scope.condition("lead_id")) for text in self._joins.values()]
        if columns := self._columns(account=False):
            parts.append(
                f"LEFT JOIN (SELECT a.lead_id, {', '.join(columns)} FROM leads_activity a"
                f" WHERE {scope.condition('a.lead_id')}{self._prefilter(account=False)}"
                f" AND {self.known('a')} GROUP BY a.lead_id) m ON m.lead_id = l.id"
            )
        if account_sums := self.account_sums(scope):
            sums = self.sums or f"({account_sums})"
            parts.append(f"LEFT JOIN {sums} ma ON ma.account = coalesce(l.company_id, -l.id)")
        parts += [self._unit_join(number, scope) for number in range(len(self._units))]
        return "\n".join(parts)

    def account_sums(self, scope: Scope) -> str:
        """The pass over what everybody at the companies of some leads did, if any measure asks for it."""
        columns = self._columns(account=True)
        if not columns:
            return ""
        rows = f"SELECT a.* FROM leads_activity a WHERE a.lead_id = w.id{self._prefilter(account=True)}"
        # OFFSET 0: of few leads each colleague's activities are looked up, whatever the planner thinks of all.
        rows += f" AND {self.known('a')}{'' if scope == Scope() else ' OFFSET 0'}"
        return (
            f"SELECT w.account, {', '.join(columns)} FROM ({self._colleagues(scope)}) w"
            f" CROSS JOIN LATERAL ({rows}) a GROUP BY w.account"
        )

    def _unit_join(self, number: int, scope: Scope) -> str:
        """The pass over the units of one selection."""
        (selection, key), columns = list(self._units.items())[number]
        found = ", ".join(f"{aggregate} AS {name}" for aggregate, name in columns.items())
        return (
            f"LEFT JOIN (SELECT u.lead_id, {found} FROM (SELECT a.lead_id, max(a.occurred_at) AS latest"
            f" FROM leads_activity a WHERE {scope.condition('a.lead_id')} AND {selection.evidence}"
            f" AND {selection.filter} AND {key} IS NOT NULL AND {self.known('a')}"
            f" GROUP BY a.lead_id, {key}) u GROUP BY u.lead_id) u{number} ON u{number}.lead_id = l.id"
        )

    def _colleagues(self, scope: Scope) -> str:
        """Everybody at the companies of the leads at hand, and who of those leads has none: id and account."""
        if scope == Scope():
            return f"SELECT t.id, coalesce(t.company_id, -t.id) AS account FROM {self._as_of('lead', 'TRUE')} t"
        of_these = self._as_of("lead", scope.condition("t.id"))
        here = f"SELECT s.id, s.company_id FROM {of_these} s WHERE {scope.condition('s.id')}"
        among = "company_id IN (SELECT h.company_id FROM here h)"
        which = f"t.{among}"
        if self.past:  # who left since is found by the journal
            which = (
                f"(t.{among} OR t.id IN (SELECT g.lead_id FROM leads_attributechange g WHERE g.before ? 'company_id'"
                " AND g.before -> 'company_id' IN (SELECT to_jsonb(h.company_id) FROM here h)))"
            )
        return (
            f"WITH here AS MATERIALIZED ({here}) SELECT t.id, t.company_id AS account FROM"
            f" {self._as_of('lead', which)} t WHERE t.{among}"
            " UNION ALL SELECT h.id, -h.id FROM here h WHERE h.company_id IS NULL"
        )

    @property
    def columns(self) -> int:
        """How many columns the wider one of the passes over activities has."""
        return max(len(self._columns(account=account)) for account in (False, True))

    def _selections(self, *, account: bool) -> list[Selection]:
        counted = [selection for _, selection, _, of in self._measures if of == account]
        return counted + [row for (_, _, of), found in self._leaving.items() if of == account for row in found]

    def _columns(self, *, account: bool) -> list[str]:
        """Everything one pass over the activities computes. What all ask of the evidence is asked once."""
        mixed = len({selection.unsure for selection in self._selections(account=account)}) > 1

        def rows(selection: Selection) -> str:
            return f"{selection.evidence} AND {selection.filter}" if mixed else selection.filter

        columns = [
            f"{within.replace('{}', f'{aggregate} FILTER (WHERE {rows(selection)})')} AS {name}"
            for (aggregate, selection, within, of), name in self._measures.items()
            if of == account
        ]
        for (horizon, days, of), found in self._leaving.items():
            if of != account:
                continue
            any_of = " OR ".join(dict.fromkeys(f"({rows(selection)})" for selection in found))
            inside = f"a.occurred_at >= {self.instant(self.window_start(days))} AND ({any_of})"
            oldest = self.day(f"min(a.occurred_at) FILTER (WHERE {inside})")
            columns.append(f"{oldest} + {days:d} AS e{horizon}_{days}")
        return columns

    def _prefilter(self, *, account: bool) -> str:
        """What all measures agree to leave out, so that the index is read only where it matters."""
        found = self._selections(account=account)
        text = f" AND a.evidence <= {int(any(selection.unsure for selection in found))}"
        kinds = [selection.kinds for selection in found]
        if all(k is not None for k in kinds):
            used = sorted(frozenset().union(*(k for k in kinds if k is not None)))
            text += f" AND a.kind IN ({', '.join(map(str, used))})"
        starts = [selection.window_start for selection in found]
        if all(start is not None for start in starts):
            text += f" AND a.occurred_at >= {self.instant(min(s for s in starts if s is not None))}"
        filters = dict.fromkeys(f"({selection.filter})" for selection in found)
        if account and len(filters) <= FEW_FILTERS:  # most of what colleagues did is left out before it is sorted
            text += f" AND ({' OR '.join(filters)})"
        return text

    def _as_of(self, subject: str, which: str) -> str:
        """The table of leads or companies, on a past day with the values it had then."""
        if not self.past:
            return f"leads_{subject}"
        end = self.instant(self.day_start(self.today + timedelta(days=1)))
        return f"""(
            SELECT (jsonb_populate_record(t, coalesce(w.before, '{{}}'))).*
            FROM leads_{subject} t
            LEFT JOIN LATERAL (
                SELECT jsonb_object_agg(f.key, f.value) AS before FROM (
                    SELECT DISTINCT ON (b.key) b.key, b.value
                    FROM leads_attributechange h, jsonb_each(h.before) b
                    WHERE h.{subject}_id = t.id AND h.recorded_at >= {end}
                    ORDER BY b.key, h.recorded_at, h.id) f) w ON TRUE
            WHERE {which})"""
