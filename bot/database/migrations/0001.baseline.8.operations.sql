-- What operators watch.

-- The metrics' totals: one row a metric and set of labels, added to by every process; see
-- telemetry/metric_totals.py.
CREATE TABLE metric_total (
    name       text NOT NULL,
    labels     jsonb NOT NULL,
    value      float8 NOT NULL,                  -- a counter's, or the sum of all observations
    buckets    bigint[] NOT NULL,                -- observations by bucket; empty for a counter
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (name, labels)
);

-- An alert that fires now and was told; its row goes when its recovery was told as well.
CREATE TABLE alert_told (
    name     text PRIMARY KEY,
    fired_at timestamptz NOT NULL DEFAULT now()
);

-- What /health writes to see whether the database takes writes, and takes back. A row fills a page,
-- so that it needs room on the disk as what the product writes does.
CREATE TABLE write_trial (filling text NOT NULL);
ALTER TABLE write_trial ALTER COLUMN filling SET STORAGE PLAIN;
