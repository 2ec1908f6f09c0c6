"""The same rules as bench/model.py, written by hand as well as we know how.

One index-only pass over the covering index in lead order, literal cutoffs, each fading amount computed once, one
`min` per window length for the day the score may change next, a job title classed once, and only what differs is
written.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from leads.conditions.titles import pattern
from leads.models import Channel, PathSet, TitleClass

RANGE = "{column} >= $1 AND {column} < $2"
IDS = "{column} = ANY($1)"

SCORES = """
SELECT lead_id, fit, engagement, fit + engagement AS points,
       CASE WHEN fit + engagement >= 80 THEN 'hot' WHEN fit + engagement >= 50 THEN 'warm' ELSE 'cold' END AS band,
       parts, next_change_on
FROM (
    SELECT lead_id, least(a1 + a2 + a3 + a4 + a5 + a6 + a7, 45) + least(p1 + p2 + p3 + p4 + p5 + p6 + p7 + p8 + p9, 40)
               AS fit,
           least(b1 + b2 + b3 + b4 + b5 + b6 + b7 + b8, 60) + least(d1 + d2 + d3 + d4 + d5 + d6, 40) AS engagement,
           ARRAY[a1, a2, a3, a4, a5, a6, a7, p1, p2, p3, p4, p5, p6, p7, p8, p9, b1, b2, b3, b4, b5, b6, b7, b8,
                 d1, d2, d3, d4, d5, d6] AS parts,
           least(exit_on,
                 CASE WHEN click_on + 8 > {today} THEN click_on + 8 END,
                 CASE WHEN d1 > 0 THEN {today}
                      + greatest(1, ceil(45 * ln(15 * f1 / (d1 - 0.5)) / ln(2::float8) - 1e-6)::int) END,
                 CASE WHEN d2 > 0 THEN {today}
                      + greatest(1, ceil(30 * ln(2 * f2 / (d2 - 0.5)) / ln(2::float8) - 1e-6)::int) END,
                 CASE WHEN d3 > 0 THEN form_on + 14 * greatest(ceil((100 * (10 - d3) + 50) / 250.0)::int,
                                                               greatest({today} - form_on, 0) / 14 + 1) END,
                 CASE WHEN d6 > 0 THEN {today}
                      + greatest(1, ceil(30 * ln(4 * f6 / (d6 - 0.5)) / ln(2::float8) - 1e-6)::int) END
           ) AS next_change_on
    FROM (
        SELECT l.id AS lead_id,
               CASE WHEN c.employees >= 1000 THEN 15 ELSE 0 END AS a1,
               CASE WHEN c.employees BETWEEN 200 AND 999 THEN 8 ELSE 0 END AS a2,
               CASE WHEN lower(c.industry) IN ('saas', 'fintech') THEN 10 ELSE 0 END AS a3,
               CASE WHEN lower(c.country) IN ('us', 'ca', 'il') THEN 5 ELSE 0 END AS a4,
               CASE WHEN jsonb_typeof(c.attributes -> 'branches') = 'number'
                    THEN CASE WHEN (c.attributes -> 'branches')::numeric >= 3 THEN 8 ELSE 0 END ELSE 0 END AS a5,
               CASE WHEN c.attributes -> 'systems' ?| ARRAY['erp', 'payroll'] THEN 6 ELSE 0 END AS a6,
               CASE WHEN 3 * coalesce(c.employees >= 200, FALSE)::int
                       + 2 * coalesce(c.attributes -> 'systems' ? 'erp', FALSE)::int
                       + 2 * coalesce(t.function = 'finance', FALSE)::int
                       + coalesce(lower(c.country) = 'us', FALSE)::int >= 4 THEN 10 ELSE 0 END AS a7,
               CASE WHEN t.seniority IN ('c_level', 'vp') THEN 12 ELSE 0 END AS p1,
               CASE WHEN t.function = 'finance' THEN 8 ELSE 0 END AS p2,
               CASE WHEN position('student' IN lower(l.job_title)) > 0 THEN -10 ELSE 0 END AS p3,
               CASE WHEN jsonb_typeof(l.attributes -> 'customers_per_month') = 'number'
                    THEN CASE WHEN (l.attributes -> 'customers_per_month')::numeric >= 1000 THEN 10 ELSE 0 END
                    ELSE 0 END AS p4,
               CASE WHEN l.attributes -> 'is_partner' = 'true' THEN 4 ELSE 0 END AS p5,
               CASE WHEN b.budget >= 2 THEN 6 ELSE 0 END AS p6,
               CASE WHEN (b.budget >= 2)::int + (b.authority >= 2)::int + (b.need >= 2)::int
                       + (b.timeline >= 2)::int >= 3 THEN 4 ELSE 0 END AS p7,
               CASE WHEN g.granted THEN 3 ELSE 0 END AS p8,
               CASE WHEN l.channel_id = {linkedin} THEN 4 ELSE 0 END AS p9,
               CASE WHEN m.n1 >= 2 THEN 10 ELSE 0 END AS b1, CASE WHEN m.n2 >= 3 THEN 6 ELSE 0 END AS b2,
               CASE WHEN m.n3 >= 300 THEN 5 ELSE 0 END AS b3,
               CASE WHEN m.n4 >= 4 OR m.n5 >= 5 THEN 6 ELSE 0 END AS b4,
               CASE WHEN m.n6 >= 1 AND m.n7 >= 1 THEN 7 ELSE 0 END AS b5,
               CASE WHEN coalesce(m.n8, 0) = 0 THEN -8 ELSE 0 END AS b6,
               CASE WHEN {today} - m.click_on <= 7 THEN 3 ELSE 0 END AS b7,
               CASE WHEN k.people >= 2 THEN 8 ELSE 0 END AS b8,
               m.f1, m.f2, w.f6, m.click_on, m.form_on,
               coalesce(round(15 * m.f1)::int, 0) AS d1, round(2 * least(coalesce(m.f2, 0), 5))::int AS d2,
               CASE WHEN m.form_on IS NULL THEN 0
                    ELSE round(greatest(100 - 25 * (greatest({today} - m.form_on, 0) / 14), 0) / 10::float8)::int
                    END AS d3,
               2 * least(coalesce(m.n9, 0), 5)::int AS d4, least(coalesce(m.n10, 0), 10)::int AS d5,
               round(4 * least(coalesce(w.f6, 0), 3))::int AS d6,
               least(m.e30, m.e60, m.e90, k.e30) AS exit_on
        FROM leads_lead l
        LEFT JOIN leads_company c ON c.id = l.company_id
        LEFT JOIN (SELECT h.job_title, {seniority} AS seniority, {function} AS function
                   FROM (SELECT DISTINCT h.job_title FROM leads_lead h WHERE {here} OFFSET 0) h
        ) t ON t.job_title = l.job_title
        LEFT JOIN (SELECT DISTINCT ON (b.lead_id) b.lead_id, b.budget, b.authority, b.need, b.timeline
                   FROM leads_bantassessment b WHERE b.realm = 'marketing' AND {bants}
                   ORDER BY b.lead_id, b.occurred_at DESC, b.id DESC) b ON b.lead_id = l.id
        LEFT JOIN (SELECT DISTINCT ON (g.lead_id) g.lead_id, g.granted FROM leads_consent g WHERE {consents}
                   ORDER BY g.lead_id, g.occurred_at DESC, g.id DESC) g ON g.lead_id = l.id
        LEFT JOIN {colleagues} k ON k.company_id = l.company_id
        LEFT JOIN (
            SELECT a.lead_id,
                   count(*) FILTER (WHERE a.kind = 1 AND a.occurred_at >= {d30} AND a.page_id IN ({pricing})) AS n1,
                   count(DISTINCT a.visit) FILTER (WHERE a.kind = 1 AND a.occurred_at >= {d30}) AS n2,
                   sum(a.dwell_seconds) FILTER (WHERE a.kind = 1 AND a.occurred_at >= {d60}) AS n3,
                   count(DISTINCT a.page_id)
                       FILTER (WHERE a.kind = 1 AND a.occurred_at >= {d90} AND a.page_id IN ({docs})) AS n4,
                   count(DISTINCT (a.occurred_at AT TIME ZONE '{zone}')::date)
                       FILTER (WHERE a.kind = 1 AND a.occurred_at >= {d60}) AS n5,
                   count(*) FILTER (WHERE a.kind = 5 AND a.mail_number IN (1, 2)) AS n6,
                   count(*) FILTER (WHERE a.kind = 5 AND a.mail_number IN (3, 4, 5)) AS n7,
                   count(*) FILTER (WHERE a.kind IN (1, 6) AND a.occurred_at >= {d30}) AS n8,
                   count(DISTINCT a.page_id)
                       FILTER (WHERE a.kind = 1 AND a.occurred_at >= {d60} AND a.page_id IN ({product})) AS n9,
                   count(DISTINCT (a.occurred_at AT TIME ZONE '{zone}')::date)
                       FILTER (WHERE a.kind = 1 AND a.occurred_at >= {d30}) AS n10,
                   power(0.5::float8, ({today} - (max(a.occurred_at) FILTER (WHERE a.kind IN (14, 15))
                         AT TIME ZONE '{zone}')::date) / 45::float8) AS f1,
                   sum(power(0.5::float8, ({today} - (a.occurred_at AT TIME ZONE '{zone}')::date) / 30::float8))
                       FILTER (WHERE a.kind = 6) AS f2,
                   (max(a.occurred_at) FILTER (WHERE a.kind = 6) AT TIME ZONE '{zone}')::date AS click_on,
                   (max(a.occurred_at) FILTER (WHERE a.kind IN (2, 3)) AT TIME ZONE '{zone}')::date AS form_on,
                   (min(a.occurred_at) FILTER (WHERE a.kind IN (1, 6) AND a.occurred_at >= {d30})
                         AT TIME ZONE '{zone}')::date + 30 AS e30,
                   (min(a.occurred_at) FILTER (WHERE a.kind = 1 AND a.occurred_at >= {d60})
                         AT TIME ZONE '{zone}')::date + 60 AS e60,
                   (min(a.occurred_at) FILTER (WHERE a.kind = 1 AND a.occurred_at >= {d90} AND a.page_id IN ({docs}))
                         AT TIME ZONE '{zone}')::date + 90 AS e90
            FROM leads_activity a
            WHERE {activities} AND a.evidence = 0 AND a.kind IN (1, 2, 3, 5, 6, 14, 15)
            GROUP BY a.lead_id
        ) m ON m.lead_id = l.id
        LEFT JOIN (
            SELECT lead_id,
                   sum(power(0.5::float8, ({today} - (latest AT TIME ZONE '{zone}')::date) / 30::float8)) AS f6
            FROM (SELECT a.lead_id, max(a.occurred_at) AS latest FROM leads_activity a
                  WHERE {activities} AND a.evidence = 0 AND a.kind IN (9, 11, 13)
                  GROUP BY a.lead_id, date_trunc('week', a.occurred_at AT TIME ZONE '{zone}')) a
            GROUP BY lead_id
        ) w ON w.lead_id = l.id
        WHERE {leads} OFFSET 0
    ) x OFFSET 0
) y"""

# What colleagues did: looked up for the companies of the leads at hand, or of all before the first range of many.
COLLEAGUES = """
SELECT w.company_id, count(DISTINCT w.id) AS people, (min(a.occurred_at) AT TIME ZONE '{zone}')::date + 30 AS e30
FROM leads_lead w CROSS JOIN LATERAL (
    SELECT a.occurred_at FROM leads_activity a
    WHERE a.lead_id = w.id AND a.kind = 1 AND a.occurred_at >= {d30} AND a.evidence = 0
          AND a.page_id IN ({pricing}) {one_by_one}) a
WHERE {whose} GROUP BY w.company_id"""
SUMMED = "pg_temp.colleagues"

WRITE = """
WITH scored AS ({scores}),
written AS (
    INSERT INTO leads_leadscore AS o
        (lead_id, model_id, version, points, fit, engagement, band, parts, next_change_on)
    SELECT n.lead_id, {model}, {version}, n.points, n.fit, n.engagement, n.band, n.parts, n.next_change_on
    FROM scored n LEFT JOIN leads_leadscore c ON c.lead_id = n.lead_id AND c.model_id = {model} AND {stored}
    WHERE c.lead_id IS NULL OR c.version <> {version} OR c.points <> n.points OR c.parts <> n.parts
       OR c.next_change_on IS DISTINCT FROM n.next_change_on
       OR (c.fit, c.engagement, c.band) IS DISTINCT FROM (n.fit, n.engagement, n.band)
    ON CONFLICT (lead_id, model_id) DO UPDATE SET version = excluded.version, points = excluded.points,
        fit = excluded.fit, engagement = excluded.engagement, band = excluded.band, parts = excluded.parts,
        next_change_on = excluded.next_change_on
    RETURNING new.*, old.points AS points_before, old.band AS band_before
),
kept AS (
    INSERT INTO leads_scorehistory (lead_id, model_id, version, points, fit, engagement, band, recorded_at)
    SELECT lead_id, model_id, version, points, fit, engagement, band, statement_timestamp()
    FROM written
    WHERE points_before IS NULL OR band <> band_before OR abs(points - points_before) >= 10
)
SELECT count(*) FROM written"""


def scores(scope: str, *, today: date, zone: ZoneInfo, summed: bool = False) -> str:
    """The SELECT of all scores in a scope, RANGE or IDS; of colleagues `summed` before, if so."""
    places = {"leads": "l.id", "activities": "a.lead_id", "bants": "b.lead_id", "consents": "g.lead_id", "here": "h.id"}
    scopes = {name: scope.format(column=column) for name, column in places.items()}
    values = _values(today, zone)
    here = f"w.company_id IN (SELECT h.company_id FROM leads_lead h WHERE {scopes['here']})"
    looked_up = COLLEAGUES.format(**values, whose=here, one_by_one="OFFSET 0")
    return SCORES.format(**values, **scopes, colleagues=SUMMED if summed else f"({looked_up})")


def sums(*, today: date, zone: ZoneInfo) -> str:
    """The statement that sums what colleagues did for all companies."""
    select = COLLEAGUES.format(**_values(today, zone), whose="w.company_id IS NOT NULL", one_by_one="")
    return (
        f"DROP TABLE IF EXISTS {SUMMED}; CREATE TEMP TABLE colleagues AS {select};"
        f" CREATE UNIQUE INDEX ON {SUMMED} (company_id); ANALYZE {SUMMED}"
    )


def statement(scope: str, *, today: date, zone: ZoneInfo, model: int, version: int, summed: bool = False) -> str:
    """The statement that scores a scope and writes what differs, with history."""
    select = scores(scope, today=today, zone=zone, summed=summed)
    stored = "TRUE" if scope == IDS else scope.format(column="c.lead_id")
    return WRITE.format(scores=select, model=model, version=version, stored=stored)


def _values(today: date, zone: ZoneInfo) -> Mapping[str, object]:
    starts = {f"d{days}": f"'{today - timedelta(days=days - 1)} {zone.key}'::timestamptz" for days in (30, 60, 90)}
    pages = {
        slug: ", ".join(map(str, PathSet.objects.get(slug=slug).pages.order_by("id").values_list("id", flat=True)))
        for slug in ("pricing", "docs", "product")
    }
    classes = {str(kind): _classes(kind) for kind in TitleClass.Kind}
    linkedin = Channel.objects.get(slug="linkedin").pk
    return {**starts, **pages, **classes, "linkedin": linkedin, "today": f"DATE '{today}'", "zone": zone.key}


def _classes(kind: str) -> str:
    """The class of a job title, as SQL."""
    title = 'lower(h.job_title COLLATE "pg_c_utf8")'
    cases = (
        f"WHEN {title} ~ {_literal(pattern(row.words).lower())} THEN '{row.slug}'"
        for row in TitleClass.objects.filter(kind=kind).order_by("position")
    )
    return f"CASE {' '.join(cases)} END"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
