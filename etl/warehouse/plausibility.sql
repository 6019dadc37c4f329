-- Flows of adjacent snapshots per unit, for plausibility. Relations: snapshot, presence, calendar.
-- As in leaf.sql, joining and leaving are told from the ids in the raw files, not from valid rows.

SELECT c.to_ref AS ref, t.unit AS unit, 'inflow' AS measure, COUNT(*) AS persons
FROM calendar AS c
INNER JOIN snapshot AS t ON t.ref = c.to_ref
LEFT JOIN presence AS p ON p.ref = c.from_ref AND p.person = t.person
WHERE c.from_ref IS NOT NULL AND p.person IS NULL
GROUP BY c.to_ref, t.unit

UNION ALL

SELECT c.to_ref, f.unit, 'exit', COUNT(*)
FROM calendar AS c
INNER JOIN snapshot AS f ON f.ref = c.from_ref
LEFT JOIN presence AS p ON p.ref = c.to_ref AND p.person = f.person
WHERE p.person IS NULL
GROUP BY c.to_ref, f.unit

UNION ALL

SELECT c.to_ref, f.unit, 'stayed', COUNT(*)
FROM calendar AS c
INNER JOIN snapshot AS f ON f.ref = c.from_ref
INNER JOIN snapshot AS t ON t.ref = c.to_ref AND t.person = f.person
GROUP BY c.to_ref, f.unit

UNION ALL

SELECT c.to_ref, f.unit, 'moves', COUNT(*)
FROM calendar AS c
INNER JOIN snapshot AS f ON f.ref = c.from_ref
INNER JOIN snapshot AS t ON t.ref = c.to_ref AND t.person = f.person
WHERE t.scale <> f.scale
GROUP BY c.to_ref, f.unit
