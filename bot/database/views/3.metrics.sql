-- What a query may see of the metrics.
CREATE OR REPLACE VIEW metrics AS
SELECT * FROM telemetry.metric
WHERE recorded_timestamp >= telemetry.min_timestamp()
  AND recorded_timestamp <= telemetry.max_timestamp()
  AND (telemetry.environments() IS NULL
       OR coalesce(deployment_environment, '') = ANY (telemetry.environments()));
