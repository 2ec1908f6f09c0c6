"""The same rules as bench/model.py, written by hand as well as we know how.

One index-only pass over the covering index in lead order, literal cutoffs, each fading amount computed once, one
`min` per window length for the day the score may change next, and only what differs is written.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from leads.models import PathSet

RANGE = "{column} >= $1 AND {column} < $2"
IDS = "{column} = ANY($1)"

SCORES = """
SELECT lead_id, fit, engagement, fit + engagement AS points,
       CASE WHEN fit + engagement >= 80 THEN 'hot' WHEN fit + engagement >= 50 THEN 'warm' ELSE 'cold' END AS band,
       parts, next_change_on
FROM (
    SELECT lead_id, least(a1 + a2 + a3 + a4 + a5 + a6 + a7, 45) + least(a8 + a9 + a10, 30) AS fit,
           least(b1 + b2 + b3 + b4 + b5 + b6 + b7 + b8 + b9 + b10 + b11 + b12, 60)
               + least(d1 + d2 + d3 + d4 + d5 + d6 + d7 + d8, 40) AS engagement,
           ARRAY[a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12,
                 d1, d2, d3, d4, d5, d6, d7, d8] AS parts,
           least(exit_on,
                 CASE WHEN d1 > 0
                      THEN {today} + greatest(1, floor(14 * ln(12 * f1 / (d1 - 0.5)) / ln(2::float8))::int) END,
                 CASE WHEN d2 > 0
                      THEN {today} + greatest(1, floor(30 * ln(6 * f2 / (d2 - 0.5)) / ln(2::float8))::int) END,
                 CASE WHEN d3 > 0
                      THEN {today} + greatest(1, floor(21 * ln(10 * f3 / (d3 - 0.5)) / ln(2::float8))::int) END,
                 CASE WHEN d4 > 0
                      THEN {today} + greatest(1, floor(45 * ln(15 * f4 / (d4 - 0.5)) / ln(2::float8))::int) END,
                 CASE WHEN d5 > 0
                      THEN {today} + greatest(1, floor(10 * ln(1 * f5 / (d5 - 0.5)) / ln(2::float8))::int) END,
                 CASE WHEN d6 > 0
                      THEN {today} + greatest(1, floor(30 * ln(2 * f6 / (d6 - 0.5)) / ln(2::float8))::int) END,
                 CASE WHEN d7 > 0
                      THEN {today} + greatest(1, floor(60 * ln(3 * f7 / (d7 - 0.5)) / ln(2::float8))::int) END,
                 CASE WHEN d8 > 0
                      THEN {today} + greatest(1, floor(30 * ln(4 * f8 / (d8 - 0.5)) / ln(2::float8))::int) END
           ) AS next_change_on
    FROM (
        SELECT l.id AS lead_id,
               CASE WHEN c.employees >= 1000 THEN 15 ELSE 0 END AS a1,
               CASE WHEN c.employees BETWEEN 200 AND 999 THEN 8 ELSE 0 END AS a2,
               CASE WHEN lower(c.industry) IN ('saas', 'fintech') THEN 10 ELSE 0 END AS a3,
               CASE WHEN lower(c.country) IN ('us', 'ca', 'il') THEN 5 ELSE 0 END AS a4,
               CASE WHEN lower(c.region) = 'us-east' THEN 5 ELSE 0 END AS a5,
               CASE WHEN jsonb_typeof(c.attributes -> 'branches') = 'number'
                    THEN CASE WHEN (c.attributes -> 'branches')::numeric >= 3 THEN 8 ELSE 0 END ELSE 0 END AS a6,
               CASE WHEN lower(c.attributes ->> 'digital_transformation') IN ('under way', 'done')
                    THEN 6 ELSE 0 END AS a7,
               CASE WHEN position('finance' IN lower(l.job_title)) > 0 THEN 12 ELSE 0 END AS a8,
               CASE WHEN jsonb_typeof(l.attributes -> 'customers_per_month') = 'number'
                    THEN CASE WHEN (l.attributes -> 'customers_per_month')::numeric >= 1000 THEN 10 ELSE 0 END
                    ELSE 0 END AS a9,
               CASE WHEN lower(l.attributes ->> 'seniority') IN ('c-level', 'vp') THEN 12 ELSE 0 END AS a10,
               CASE WHEN m.n1 >= 1 THEN 4 ELSE 0 END AS b1, CASE WHEN m.n2 >= 5 THEN 6 ELSE 0 END AS b2,
               CASE WHEN m.n3 >= 2 THEN 10 ELSE 0 END AS b3, CASE WHEN m.n4 >= 3 THEN 4 ELSE 0 END AS b4,
               CASE WHEN m.n5 >= 2 THEN 3 ELSE 0 END AS b5, CASE WHEN m.n6 >= 1 THEN 2 ELSE 0 END AS b6,
               CASE WHEN m.n7 >= 1 THEN 6 ELSE 0 END AS b7, CASE WHEN m.n8 >= 1 THEN 8 ELSE 0 END AS b8,
               CASE WHEN m.n9 >= 1 THEN 3 ELSE 0 END AS b9, CASE WHEN m.n10 >= 1 THEN 5 ELSE 0 END AS b10,
               CASE WHEN m.n11 >= 1 THEN 8 ELSE 0 END AS b11, CASE WHEN m.n12 >= 1 THEN 5 ELSE 0 END AS b12,
               m.f1, m.f2, m.f3, m.f4, m.f5, m.f6, m.f7, m.f8,
               coalesce(round(12 * m.f1)::int, 0) AS d1, coalesce(round(6 * m.f2)::int, 0) AS d2,
               coalesce(round(10 * m.f3)::int, 0) AS d3, coalesce(round(15 * m.f4)::int, 0) AS d4,
               round(1 * least(coalesce(m.f5, 0), 8))::int AS d5, round(2 * least(coalesce(m.f6, 0), 5))::int AS d6,
               coalesce(round(3 * m.f7)::int, 0) AS d7, coalesce(round(4 * m.f8)::int, 0) AS d8,
               least((m.e7 AT TIME ZONE '{zone}')::date + 7, (m.e14 AT TIME ZONE '{zone}')::date + 14,
                     (m.e30 AT TIME ZONE '{zone}')::date + 30, (m.e60 AT TIME ZONE '{zone}')::date + 60,
                     (m.e90 AT TIME ZONE '{zone}')::date + 90) AS exit_on
        FROM leads_lead l
        LEFT JOIN leads_company c ON c.id = l.company_id
        LEFT JOIN (
            SELECT a.lead_id,
                   count(*) FILTER (WHERE a.kind = 1 AND a.occurred_at >= {d14}) AS n1,
                   count(*) FILTER (WHERE a.kind = 1 AND a.occurred_at >= {d30}) AS n2,
                   count(*) FILTER (WHERE a.kind = 1 AND a.occurred_at >= {d30} AND a.page_id IN ({pricing})) AS n3,
                   count(*) FILTER (WHERE a.kind = 1 AND a.occurred_at >= {d90} AND a.page_id IN ({docs})) AS n4,
                   count(*) FILTER (WHERE a.kind = 6 AND a.occurred_at >= {d30}) AS n5,
                   count(*) FILTER (WHERE a.kind = 6 AND a.occurred_at >= {d7}) AS n6,
                   count(*) FILTER (WHERE a.kind = 3 AND a.occurred_at >= {d60}) AS n7,
                   count(*) FILTER (WHERE a.kind = 2 AND a.occurred_at >= {d30}) AS n8,
                   count(*) FILTER (WHERE a.kind = 12 AND a.occurred_at >= {d90}) AS n9,
                   count(*) FILTER (WHERE a.kind IN (9, 11) AND a.occurred_at >= {d90}) AS n10,
                   count(*) FILTER (WHERE a.kind IN (14, 15) AND a.occurred_at >= {d60}) AS n11,
                   count(*) FILTER (WHERE a.kind = 13 AND a.occurred_at >= {d30}) AS n12,
                   power(0.5::float8, ({today} - (max(a.occurred_at) FILTER (WHERE a.kind = 1)
                         AT TIME ZONE '{zone}')::date) / 14::float8) AS f1,
                   power(0.5::float8, ({today} - (max(a.occurred_at) FILTER (WHERE a.kind = 6)
                         AT TIME ZONE '{zone}')::date) / 30::float8) AS f2,
                   power(0.5::float8, ({today} - (max(a.occurred_at) FILTER (WHERE a.kind IN (2, 3))
                         AT TIME ZONE '{zone}')::date) / 21::float8) AS f3,
                   power(0.5::float8, ({today} - (max(a.occurred_at) FILTER (WHERE a.kind = 15)
                         AT TIME ZONE '{zone}')::date) / 45::float8) AS f4,
                   sum(power(0.5::float8, ({today} - (a.occurred_at AT TIME ZONE '{zone}')::date) / 10::float8))
                       FILTER (WHERE a.kind = 1) AS f5,
                   sum(power(0.5::float8, ({today} - (a.occurred_at AT TIME ZONE '{zone}')::date) / 30::float8))
                       FILTER (WHERE a.kind = 6) AS f6,
                   sum(power(0.5::float8, ({today} - (a.occurred_at AT TIME ZONE '{zone}')::date) / 60::float8))
                       FILTER (WHERE a.kind = 3) AS f7,
                   sum(power(0.5::float8, ({today} - (a.occurred_at AT TIME ZONE '{zone}')::date) / 30::float8))
                       FILTER (WHERE a.kind IN (9, 11, 13)) AS f8,
                   min(a.occurred_at) FILTER (WHERE a.occurred_at >= {d7} AND a.kind = 6) AS e7,
                   min(a.occurred_at) FILTER (WHERE a.occurred_at >= {d14} AND a.kind = 1) AS e14,
                   min(a.occurred_at) FILTER (WHERE a.occurred_at >= {d30} AND a.kind IN (1, 2, 6, 13)) AS e30,
                   min(a.occurred_at) FILTER (WHERE a.occurred_at >= {d60} AND a.kind IN (3, 14, 15)) AS e60,
                   min(a.occurred_at) FILTER (WHERE a.occurred_at >= {d90} AND
                       (a.kind IN (9, 11, 12) OR (a.kind = 1 AND a.page_id IN ({docs})))) AS e90
            FROM leads_activity a
            WHERE {activities} AND a.evidence = 0 AND a.kind IN (1, 2, 3, 6, 9, 11, 12, 13, 14, 15)
            GROUP BY a.lead_id
        ) m ON m.lead_id = l.id
        WHERE {leads} OFFSET 0
    ) x OFFSET 0
) y"""

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


def scores(scope: str, *, today: date, zone: ZoneInfo) -> str:
    """The SELECT of all scores in a scope, RANGE or IDS."""
    return SCORES.format(
        **_values(today, zone), leads=scope.format(column="l.id"), activities=scope.format(column="a.lead_id")
    )


def statement(scope: str, *, today: date, zone: ZoneInfo, model: int, version: int) -> str:
    """The statement that scores a scope and writes what differs, with history."""
    select = scores(scope, today=today, zone=zone)
    stored = "TRUE" if scope == IDS else scope.format(column="c.lead_id")
    return WRITE.format(scores=select, model=model, version=version, stored=stored)


def _values(today: date, zone: ZoneInfo) -> Mapping[str, str]:
    starts = {
        f"d{days}": f"'{today - timedelta(days=days - 1)} {zone.key}'::timestamptz" for days in (7, 14, 30, 60, 90)
    }
    pages = {
        slug: ", ".join(map(str, PathSet.objects.get(slug=slug).pages.order_by("id").values_list("id", flat=True)))
        for slug in ("pricing", "docs")
    }
    return {**starts, **pages, "today": f"DATE '{today}'", "zone": zone.key}
