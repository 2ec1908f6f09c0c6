"""The rows of `make_bench_data`, as statements over whole tables.

`u(n, salt)` is a number in [0, 1) that depends on the row, the salt and the seed alone, so the same arguments make the
same rows on every machine. `{...}` are whole numbers and instants of our own making.
"""

FUNCTIONS = """
CREATE OR REPLACE FUNCTION pg_temp.u(n bigint, salt int) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (hashint8extended(n, {seed} * 1000 + salt) & 4294967295)::float8 / 4294967296;
CREATE OR REPLACE FUNCTION pg_temp.pick(things anyarray, u float8) RETURNS anyelement LANGUAGE sql IMMUTABLE
AS 'SELECT things[1 + floor(u * cardinality(things))::int]';
"""

# One line per journal line of a typical life: share of the leads, then what happened, in order. `>` ends a pass,
# `<` is a return by sales.
LIVES = [
    (24, "mcl"),
    (16, "mcl mel"),
    (12, "mcl mel >nurture mcl"),
    (12, "mcl mel >nurture mcl mel"),
    (6, "mcl mel mql"),
    (6, "mcl >disqualified"),
    (5, "mcl mel mql <mel >nurture mcl mel >nurture mcl mel"),
    (5, "mcl mel mql <mel mql sal >lost mcl mel >nurture mcl mel"),
    (4, "mcl mel mql sal sql sqo >won mcl mel mql sal sql sqo >won mcl mel"),
    (4, "mcl mel mql sal sql >lost mcl mel mql <mel >nurture mcl mel mql"),
    (3, "mcl mel mql sal sql sqo >lost mcl mel >nurture mcl mel mql sal"),
    (3, "mcl mel mql sal sql"),
]

SETTINGS = """
INSERT INTO leads_campaign (slug, name, starts_on)
SELECT 'bench-' || n, 'Bench campaign ' || n, '{until}'::date - 61 * n FROM generate_series(1, 12) n ORDER BY n;
INSERT INTO leads_document (slug, name) SELECT 'bench-' || n, 'Bench document ' || n FROM generate_series(1, 8) n;
INSERT INTO leads_page (path)
SELECT pg_temp.pick(ARRAY['/pricing', '/product', '/blog', '/docs', '/about'], (n % 5) / 5.0) || '/' || n
FROM generate_series(1, 200) n;
INSERT INTO leads_pathset (slug, name, patterns)
SELECT p, initcap(p), ARRAY['/' || p || '/*'] FROM unnest(ARRAY['pricing', 'product', 'docs']) p;
INSERT INTO leads_pathset_pages (pathset_id, page_id)
SELECT s.id, p.id FROM leads_pathset s JOIN leads_page p ON p.path LIKE '/' || s.slug || '/%' ORDER BY 1, 2;
INSERT INTO leads_criterion (stage_id, version, condition, mode, cooldown_days, effective_from)
SELECT id, 1, '{{"leaf": "activity", "measure": "count", "op": "gte", "value": 3}}', 'suggested', 0,
       '{since}'::timestamptz
FROM leads_stage WHERE slug IN ('mel', 'mql');
INSERT INTO leads_attributedefinition (subject, key, label, type, choices, "group")
VALUES ('company', 'systems', 'Systems', 'choices', ARRAY['erp', 'payroll', 'crm', 'none'], 'technographic'),
       ('lead', 'is_partner', 'Partner', 'boolean', ARRAY[]::text[], '') ON CONFLICT DO NOTHING;
"""

COMPANIES = """
INSERT INTO leads_company (name, name_key, domain, employees, industry, country, region, attributes, created_at)
SELECT 'Company ' || n, 'company ' || n, 'c' || n || '.example', (10 * exp(6 * pg_temp.u(n, 1)))::int,
       pg_temp.pick(ARRAY['saas', 'fintech', 'retail', 'manufacturing', 'health', 'logistics', 'media', 'energy'],
                    pg_temp.u(n, 2)),
       pg_temp.pick(ARRAY['US', 'US', 'US', 'IL', 'DE', 'GB', 'FR', 'CA'], pg_temp.u(n, 3)),
       pg_temp.pick(ARRAY['us-east', 'us-east', 'us-west', 'europe', 'europe', 'israel', ''], pg_temp.u(n, 4)),
       jsonb_strip_nulls(jsonb_build_object(
           'branches', CASE WHEN pg_temp.u(n, 5) < 0.7 THEN floor(1 + 12 * pg_temp.u(n, 6) ^ 3)::int END,
           'digital_transformation',
           pg_temp.pick(ARRAY['none', 'planned', 'under way', 'done', NULL], pg_temp.u(n, 7)),
           'pricing_model', pg_temp.pick(ARRAY['per user', 'flat', 'usage', NULL], pg_temp.u(n, 8)),
           'systems', pg_temp.pick(ARRAY['["erp"]', '["erp", "crm"]', '["payroll", "none"]', '["crm"]', NULL],
                                   pg_temp.u(n, 9))::jsonb)),
       '{since}'::timestamptz
FROM generate_series(1, greatest(1, {leads} / 5)) n ORDER BY n;
"""

# How many activities each lead has: a few have very many. Cumulated, so that the sum is exactly what was asked for.
PEOPLE = """
CREATE TEMP TABLE person AS
SELECT n AS id, '{since}'::timestamptz + 730 * (1 - pg_temp.u(n, 10) ^ 1.6) * interval '1 day' AS at,
       1 + floor(pg_temp.u(n, 11) ^ 2 * greatest(1, {leads} / 5))::bigint AS company,
       1 + floor(pg_temp.u(n, 12) * 100)::int AS ticket,
       (-ln(1 - pg_temp.u(n, 13))) ^ 1.8 AS weight
FROM generate_series(1, {leads}) n ORDER BY n;
ANALYZE person;

INSERT INTO leads_lead (id, email, phone, first_name, last_name, job_title, company_id, attributes, stage_id,
                        stage_since, outcome, cycle, channel_id, campaign_id, captured_at, created_at)
SELECT p.id, 'lead' || p.id || '@' || c.domain, '',
       pg_temp.pick(ARRAY['Dana', 'Noa', 'Amir', 'Lena', 'Paul', 'Ines', 'Omar', 'Kim'], pg_temp.u(p.id, 20)),
       pg_temp.pick(ARRAY['Levi', 'Cohen', 'Smith', 'Meyer', 'Rossi', 'Dubois', 'Khan', 'Lee'], pg_temp.u(p.id, 21)),
       coalesce(pg_temp.pick(ARRAY['CFO', 'CEO', 'Student', '', NULL, NULL, NULL, NULL, NULL, NULL],
                             pg_temp.u(p.id, 22)),
                concat_ws(' ', pg_temp.pick(ARRAY['VP', 'Director of', 'Head of', 'Senior', 'Chief', NULL, NULL, NULL],
                                            pg_temp.u(p.id, 26)),
                          pg_temp.pick(ARRAY['finance', 'accounting', 'security', 'marketing', 'sales', 'software',
                                             'operations', 'legal', 'people', 'IT'], pg_temp.u(p.id, 27)),
                          pg_temp.pick(ARRAY['manager', 'officer', 'specialist', 'analyst', NULL, NULL],
                                       pg_temp.u(p.id, 28)))),
       c.id, jsonb_strip_nulls(jsonb_build_object(
           'customers_per_month',
           CASE WHEN pg_temp.u(p.id, 23) < 0.5 THEN floor(5000 * pg_temp.u(p.id, 24) ^ 2)::int END,
           'is_partner', CASE WHEN pg_temp.u(p.id, 25) < 0.4 THEN pg_temp.u(p.id, 25) < 0.1 END)),
       (SELECT id FROM leads_stage ORDER BY position LIMIT 1), p.at, '', 1, NULL, NULL, p.at, p.at
FROM person p JOIN leads_company c ON c.domain = 'c' || p.company || '.example' ORDER BY p.id;
SELECT setval(pg_get_serial_sequence('leads_lead', 'id'), {leads});
"""

# `line` holds the journal lines to be: the lines of each life, spread over the time from capture until now.
JOURNAL = """
CREATE TEMP TABLE life (low int, high int, line int, lines int, cycle int, stage text, outcome text, backward boolean);
INSERT INTO life VALUES {lives};
CREATE TEMP TABLE line AS
SELECT p.id AS lead_id, f.line, f.line = f.lines AS is_last, f.cycle, s.id AS stage_id, s.slug, f.outcome, f.backward,
       p.at + ('{until}'::timestamptz - p.at) * ((f.line - 1.0 + 0.8 * pg_temp.u(p.id, 29 + f.line) * (f.line > 1)::int)
           / (f.lines + 1)) AS at
FROM person p JOIN life f ON p.ticket BETWEEN f.low AND f.high JOIN leads_stage s ON s.slug = f.stage;
ANALYZE line;

INSERT INTO leads_capture (lead_id, channel_id, campaign_id, document_id, audience, medium, utm, referrer, landing_page,
                           payload, occurred_at, recorded_at)
SELECT lead_id,
       pg_temp.pick((SELECT array_agg(id ORDER BY id) FROM leads_channel), pg_temp.u(lead_id, 50 + cycle) ^ 1.5),
       pg_temp.pick((SELECT array_agg(id ORDER BY id) FROM leads_campaign), pg_temp.u(lead_id, 60 + cycle)),
       pg_temp.pick((SELECT array_agg(id ORDER BY id) FROM leads_document), pg_temp.u(lead_id, 70 + cycle)),
       'bench', 'organic', '{{}}', '', '/', '{{}}', at, at
FROM line WHERE slug = 'mcl' AND outcome = '' ORDER BY at, lead_id;
INSERT INTO leads_pass (lead_id, cycle, channel_id, campaign_id, capture_id, began_at)
SELECT lead_id, row_number() OVER (PARTITION BY lead_id ORDER BY occurred_at), channel_id, campaign_id, id, occurred_at
FROM leads_capture ORDER BY occurred_at, lead_id;
INSERT INTO leads_consent (lead_id, granted, text, source, occurred_at, recorded_at)
SELECT lead_id, TRUE, 'I agree to receive mail.', 'bench', began_at, began_at
FROM leads_pass WHERE cycle = 1 AND pg_temp.u(lead_id, 80) < 0.8 ORDER BY began_at, lead_id;
INSERT INTO leads_consent (lead_id, granted, text, source, occurred_at, recorded_at)
SELECT lead_id, FALSE, '', 'bench', at, at
FROM (SELECT lead_id, occurred_at + ('{until}'::timestamptz - occurred_at) * pg_temp.u(lead_id, 82) AS at
      FROM leads_consent WHERE pg_temp.u(lead_id, 80) < 0.06) c ORDER BY at, lead_id;
INSERT INTO leads_contactability (lead_id, consent, consent_at)
SELECT l.id, CASE WHEN c.lead_id IS NULL THEN 'none' WHEN granted THEN 'granted' ELSE 'withdrawn' END, c.occurred_at
FROM leads_lead l LEFT JOIN (SELECT DISTINCT ON (lead_id) * FROM leads_consent
                             ORDER BY lead_id, occurred_at DESC, id DESC) c ON c.lead_id = l.id ORDER BY l.id;
INSERT INTO leads_bantassessment (lead_id, realm, budget, authority, need, timeline, note, occurred_at, recorded_at)
SELECT lead_id, CASE WHEN n = 3 THEN 'sales' ELSE 'marketing' END, floor(4 * pg_temp.u(lead_id, 83 + n))::int,
       floor(4 * pg_temp.u(lead_id, 86 + n))::int, floor(4 * pg_temp.u(lead_id, 100 + n))::int,
       floor(4 * pg_temp.u(lead_id, 103 + n))::int, '', at, at
FROM (SELECT id AS lead_id, n, at + ('{until}'::timestamptz - at) * pg_temp.u(id, 106 + n) AS at
      FROM person, generate_series(1, 3) n WHERE pg_temp.u(id, 110) < 0.5 / n) b ORDER BY at, lead_id, n;

INSERT INTO leads_handover (lead_id, cycle, state, offered_at, due_at, why, decided_at, reason, missing, note)
SELECT lead_id, cycle, CASE WHEN is_last THEN 'open' WHEN next_backward THEN 'returned' ELSE 'accepted' END,
       at, at + interval '2 days', '[]', CASE WHEN NOT is_last THEN next_at END,
       CASE WHEN next_backward THEN 'not_ready' ELSE '' END, '{{}}', ''
FROM (SELECT *, lead(backward) OVER w AS next_backward, lead(at) OVER w AS next_at
      FROM line WINDOW w AS (PARTITION BY lead_id ORDER BY line)) l
WHERE slug = 'mql' AND outcome = '' ORDER BY at, lead_id;

INSERT INTO leads_stagechange (lead_id, cycle, from_stage_id, from_outcome, to_stage_id, outcome, occurred_at,
                               recorded_at, cause, cause_id, reason, note, passed_through, backward, out_of_order,
                               date_only)
SELECT l.lead_id, l.cycle, from_stage_id, from_outcome, l.stage_id, outcome, at, at, cause,
       CASE cause WHEN 'capture' THEN p.capture_id WHEN 'criteria' THEN c.id WHEN 'handover' THEN h.id END,
       '', '', FALSE, backward, FALSE, FALSE
FROM (SELECT *, lag(stage_id) OVER w AS from_stage_id, coalesce(lag(outcome) OVER w, '') AS from_outcome,
             CASE WHEN outcome <> '' THEN 'person' WHEN backward OR slug = 'sal' THEN 'handover'
                  WHEN slug = 'mcl' THEN 'capture' WHEN slug IN ('mel', 'mql') THEN 'criteria'
                  ELSE 'person' END AS cause
      FROM line WINDOW w AS (PARTITION BY lead_id ORDER BY line)) l
JOIN leads_pass p ON p.lead_id = l.lead_id AND p.cycle = l.cycle
LEFT JOIN leads_criterion c ON c.stage_id = l.stage_id
LEFT JOIN leads_handover h ON h.lead_id = l.lead_id AND h.cycle = l.cycle AND h.decided_at = l.at
ORDER BY at, lead_id, line;

INSERT INTO leads_opportunity (lead_id, cycle, state, amount, currency, reason, closed_at, data)
SELECT lead_id, cycle, CASE max(outcome) WHEN 'won' THEN 'won' WHEN 'lost' THEN 'lost' ELSE 'open' END,
       round((500 + 9500 * pg_temp.u(lead_id, 81))::numeric, 2), 'USD',
       CASE max(outcome) WHEN 'lost' THEN 'price' ELSE '' END,
       max(at) FILTER (WHERE outcome IN ('won', 'lost')), '{{}}'
FROM line l WHERE (lead_id, cycle) IN (SELECT lead_id, cycle FROM line WHERE slug = 'sqo')
GROUP BY lead_id, cycle ORDER BY lead_id, cycle;

UPDATE leads_lead t SET stage_id = l.stage_id, outcome = l.outcome, cycle = l.cycle, stage_since = l.at,
       channel_id = p.channel_id, campaign_id = p.campaign_id
FROM line l, leads_pass p
WHERE l.lead_id = t.id AND l.is_last AND p.lead_id = l.lead_id AND p.cycle = l.cycle;
"""

# In the order they were recorded, as a running installation holds them: a lead's rows lie all over the table.
ACTIVITIES = """
CREATE TEMP TABLE share AS
SELECT id, at, floor({activities} * sum(weight) OVER (ORDER BY id) / sum(weight) OVER ())::bigint AS upto FROM person;
INSERT INTO leads_activity (lead_id, kind, evidence, occurred_at, recorded_at, page_id, campaign_id, channel_id,
                            document_id, medium, mail_number, dwell_seconds, visit, source, external_id, data)
SELECT lead_id, kind,
       CASE WHEN kind NOT IN (1, 5, 6) OR pg_temp.u(n, 93) < 0.85 THEN 0 WHEN pg_temp.u(n, 93) < 0.9 THEN 1 ELSE 2 END,
       at, at, CASE WHEN kind = 1 THEN pages[1 + floor(pg_temp.u(n, 94) ^ 2 * cardinality(pages))::int] END,
       campaigns[1 + floor(pg_temp.u(n, 95) * 24)::int], NULL,
       CASE WHEN kind = 3 THEN pg_temp.pick(documents, pg_temp.u(n, 96)) END,
       CASE WHEN kind = 1 THEN 1 + floor(pg_temp.u(n, 97) * 5)::int END,
       CASE WHEN kind BETWEEN 4 AND 6 THEN 1 + floor(pg_temp.u(n, 98) * 5)::int END,
       CASE WHEN kind = 1 THEN (-60 * ln(1 - pg_temp.u(n, 99)))::int END,
       CASE WHEN kind = 1 THEN hashint8extended(lead_id, at::date - DATE '2000-01-01') END,
       'bench', CASE WHEN kind BETWEEN 4 AND 6 THEN 'm' || n END, '{{}}'
FROM (SELECT lead_id, n, (SELECT array_agg(id ORDER BY id) FROM leads_page) AS pages,
             (SELECT array_agg(id ORDER BY id) FROM leads_campaign) AS campaigns,
             (SELECT array_agg(id ORDER BY id) FROM leads_document) AS documents,
             ({kinds})[1 + floor(pg_temp.u(n, 91) * 100)::int] AS kind,
             since + ('{until}'::timestamptz - since) * pg_temp.u(n, 92) ^ 1.4 AS at
      FROM (SELECT id AS lead_id, at AS since, generate_series(upto + 1, upto_next) AS n
            FROM (SELECT id, at, upto AS upto_next, coalesce(lag(upto) OVER (ORDER BY id), 0) AS upto
                  FROM share) s) a) b
ORDER BY at, n;
"""

# Of a hundred activities so many are of each kind.
KINDS = {1: 54, 2: 2, 3: 3, 4: 18, 5: 11, 6: 4, 9: 1, 11: 2, 12: 2, 13: 1, 14: 1, 15: 1}

STEPS = {
    "settings": FUNCTIONS + SETTINGS,
    "companies": COMPANIES,
    "leads": PEOPLE,
    "journal": JOURNAL,
    "activities": ACTIVITIES,
}


def lives() -> str:
    """LIVES as rows of the table `life`."""
    rows, low = [], 1
    for share, text in LIVES:
        words = text.split()
        cycle, stage = 0, ""
        for line, word in enumerate(words, start=1):
            outcome = word[1:] if word.startswith(">") else ""
            cycle += word == "mcl"
            stage = stage if outcome else word.lstrip("<")
            where = f"{line}, {len(words)}, {cycle}, '{stage}', '{outcome}', {word.startswith('<')}"
            rows.append(f"({low}, {low + share - 1}, {where})")
        low += share
    return ", ".join(rows)


def kinds() -> str:
    """KINDS as an array of a hundred."""
    return f"ARRAY[{', '.join(str(kind) for kind, count in KINDS.items() for _ in range(count))}]"
