-- name: limit_time
-- How long a statement may take. It is said of the transaction: a pooler takes no such word when a
-- session begins, and gives it to others afterwards.
SET LOCAL statement_timeout = '5s';

-- name: add_total
-- Adds what one process has counted to what all of them have.
INSERT INTO metric_total AS total (name, labels, value, buckets)
VALUES (%(name)s, %(labels)s::jsonb, %(value)s, %(buckets)s)
ON CONFLICT (name, labels) DO UPDATE
SET value = total.value + excluded.value,
    buckets = ARRAY (SELECT known + new
                     FROM unnest(total.buckets, excluded.buckets) WITH ORDINALITY
                          AS pair (known, new, position)
                     ORDER BY position),
    updated_at = now();

-- name: list_totals
-- All metrics, in the order of their names and labels.
SELECT name, labels, value, buckets FROM metric_total ORDER BY name, labels;
