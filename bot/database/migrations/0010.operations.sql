-- What operators watch: the metrics' totals, and which alerts have been told.

-- One row a metric and set of labels, added to by every process; see telemetry/totals.py.
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
