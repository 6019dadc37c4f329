-- The leaves: one row per period and state before/after, additive, computed in one pass.
--
-- Input relations:
--   calendar(from_ref, to_ref)   adjacent reference dates; from_ref is null in the first row
--   snapshot(ref, person, ...)   valid staged rows, one per person and reference date
--   presence(ref, person)        every id in the raw file, refused rows included
--   movement(person, effective, kind, reason, ...)
--
-- Plain SQL on purpose: static, no parameters, no function of one engine, so that another engine
-- can run this very text. Traps that it keeps out of: record keys are two 32-bit halves (no
-- unsigned sum), fte is an integer (no order of summing), every sum is cast before and after, and
-- a state is taken from one snapshot as a whole (CASE on the person, never COALESCE of a column).

WITH step AS (
    SELECT from_ref, to_ref, ROW_NUMBER() OVER (ORDER BY to_ref) AS n
    FROM calendar
),
seen AS (
    SELECT DISTINCT ref, person
    FROM presence
),

-- Spells in one scale: gaps and islands over consecutive reference dates.
state AS (
    SELECT
        s.ref, s.person, s.unit, s.scale,
        s.origin, s.gender, s.age_band, s.contract, s.location_group,
        s.fte_milli, s.key_hi, s.key_lo,
        step.n, step.from_ref AS before_ref
    FROM snapshot AS s
    INNER JOIN step ON step.to_ref = s.ref
),
lagged AS (
    SELECT
        state.*,
        LAG(n) OVER (PARTITION BY person ORDER BY n) AS last_n,
        LAG(scale) OVER (PARTITION BY person ORDER BY n) AS last_scale
    FROM state
),
opened AS (
    -- opens = 1 where a spell starts; hidden = 1 where its true start was not observed: at the
    -- first snapshot, and after a snapshot in which the person was present but refused.
    SELECT
        lagged.*,
        CASE WHEN last_n = n - 1 AND last_scale = scale THEN 0 ELSE 1 END AS opens,
        CASE
            WHEN n = 1 THEN 1
            WHEN last_n = n - 1 THEN 0
            WHEN seen.person IS NOT NULL THEN 1
            ELSE 0
        END AS hidden
    FROM lagged
    LEFT JOIN seen ON seen.ref = lagged.before_ref AND seen.person = lagged.person
),
island AS (
    SELECT
        opened.*,
        SUM(opens) OVER (
            PARTITION BY person ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS spell
    FROM opened
),
spelled AS (
    SELECT
        island.*,
        n - MIN(n) OVER (PARTITION BY person, spell) AS periods_in_scale,
        MAX(opens * hidden) OVER (PARTITION BY person, spell) AS left_truncated
    FROM island
),

-- What the movement extract says about a person in a period (from_ref, to_ref].
told AS (
    SELECT
        m.person, m.kind, m.reason, m.effective, step.to_ref
    FROM movement AS m
    CROSS JOIN step
    WHERE m.effective > step.from_ref AND m.effective <= step.to_ref
),
order_of AS (
    SELECT
        person, to_ref,
        MAX(CASE WHEN kind = 'promotion' THEN 1 ELSE 0 END) AS says_promotion,
        MAX(CASE WHEN kind = 'demotion' THEN 1 ELSE 0 END) AS says_demotion,
        MAX(CASE WHEN kind = 'reclassification' THEN 1 ELSE 0 END) AS says_reclassification,
        MAX(CASE WHEN kind = 'acting' THEN 1 ELSE 0 END) AS says_acting
    FROM told
    GROUP BY person, to_ref
),
ranked AS (
    SELECT
        person, to_ref, kind, reason,
        ROW_NUMBER() OVER (
            PARTITION BY person, to_ref, kind ORDER BY effective DESC, reason
        ) AS latest
    FROM told
    WHERE reason IS NOT NULL
),

-- State before and after, side by side.
before_side AS (
    SELECT step.from_ref, step.to_ref, spelled.*
    FROM spelled
    INNER JOIN step ON step.from_ref = spelled.ref
),
after_side AS (
    SELECT step.from_ref, step.to_ref, spelled.*
    FROM spelled
    INNER JOIN step ON step.to_ref = spelled.ref
),
pair AS (
    SELECT
        CASE WHEN a.person IS NULL THEN b.person ELSE a.person END AS person,
        CASE WHEN a.person IS NULL THEN b.from_ref ELSE a.from_ref END AS from_ref,
        CASE WHEN a.person IS NULL THEN b.to_ref ELSE a.to_ref END AS to_ref,
        b.person AS from_person,
        a.person AS to_person,
        b.unit AS from_unit, a.unit AS to_unit,
        b.scale AS from_scale, a.scale AS to_scale,
        b.origin AS from_origin, a.origin AS to_origin,
        b.gender AS from_gender, a.gender AS to_gender,
        b.age_band AS from_age_band, a.age_band AS to_age_band,
        b.contract AS from_contract, a.contract AS to_contract,
        b.location_group AS from_location_group, a.location_group AS to_location_group,
        b.periods_in_scale, b.left_truncated,
        CASE WHEN a.person IS NULL THEN b.fte_milli ELSE a.fte_milli END AS fte_milli,
        CASE WHEN a.person IS NULL THEN b.key_hi ELSE a.key_hi END AS key_hi,
        CASE WHEN a.person IS NULL THEN b.key_lo ELSE a.key_lo END AS key_lo
    FROM after_side AS a
    FULL OUTER JOIN before_side AS b ON b.person = a.person AND b.to_ref = a.to_ref
),
judged AS (
    -- Whoever stood in the raw file at the other date did not join or leave: the row was refused
    -- there, and the person is measured in or out.
    SELECT
        pair.*,
        CASE
            WHEN pair.from_ref IS NULL THEN 'first'
            WHEN pair.from_person IS NOT NULL AND pair.to_person IS NOT NULL THEN 'stay'
            WHEN pair.from_person IS NULL AND seen_before.person IS NULL THEN 'inflow'
            WHEN pair.from_person IS NULL THEN 'measured_in'
            WHEN seen_after.person IS NULL THEN 'exit'
            ELSE 'measured_out'
        END AS kind,
        CASE
            WHEN pair.from_scale IS NULL OR pair.to_scale IS NULL THEN 'none'
            WHEN pair.to_scale = pair.from_scale THEN 'none'
            WHEN pair.to_scale > pair.from_scale AND o.says_promotion = 1 THEN 'promotion'
            WHEN pair.to_scale < pair.from_scale AND o.says_demotion = 1 THEN 'demotion'
            WHEN o.says_reclassification = 1 THEN 'reclassification'
            WHEN o.says_acting = 1 THEN 'acting'
            WHEN pair.to_scale > pair.from_scale THEN 'promotion'
            ELSE 'demotion'
        END AS move
    FROM pair
    LEFT JOIN seen AS seen_before
        ON seen_before.ref = pair.from_ref AND seen_before.person = pair.person
    LEFT JOIN seen AS seen_after
        ON seen_after.ref = pair.to_ref AND seen_after.person = pair.person
    LEFT JOIN order_of AS o ON o.person = pair.person AND o.to_ref = pair.to_ref
),
reasoned AS (
    -- The reason of a leaf is the latest one given for the movement that the leaf is.
    SELECT judged.*, ranked.reason
    FROM judged
    LEFT JOIN ranked
        ON ranked.person = judged.person
        AND ranked.to_ref = judged.to_ref
        AND ranked.latest = 1
        AND ranked.kind = CASE WHEN judged.kind = 'stay' THEN judged.move ELSE judged.kind END
)

SELECT
    from_ref, to_ref, kind, move, reason,
    from_unit, to_unit, from_scale, to_scale,
    from_origin, to_origin, from_gender, to_gender, from_age_band, to_age_band,
    from_contract, to_contract, from_location_group, to_location_group,
    CAST(periods_in_scale AS INTEGER) AS periods_in_scale,
    CASE
        WHEN left_truncated = 1 THEN TRUE
        WHEN left_truncated = 0 THEN FALSE
    END AS left_truncated,
    CAST(COUNT(*) AS BIGINT) AS persons,
    CAST(SUM(CASE WHEN fte_milli IS NULL THEN 0 ELSE CAST(fte_milli AS BIGINT) END) AS BIGINT)
        AS fte,
    CAST(COUNT(fte_milli) AS BIGINT) AS fte_persons,
    CAST(SUM(CAST(key_hi AS BIGINT)) AS BIGINT) AS key_hi,
    CAST(SUM(CAST(key_lo AS BIGINT)) AS BIGINT) AS key_lo
FROM reasoned
GROUP BY
    from_ref, to_ref, kind, move, reason,
    from_unit, to_unit, from_scale, to_scale,
    from_origin, to_origin, from_gender, to_gender, from_age_band, to_age_band,
    from_contract, to_contract, from_location_group, to_location_group,
    periods_in_scale, left_truncated
