-- What a query may see of the records, with the rows of spans that had begun.
CREATE OR REPLACE VIEW records_all AS
SELECT * FROM telemetry.record
WHERE start_timestamp >= telemetry.min_timestamp()
  AND start_timestamp <= telemetry.max_timestamp()
  AND (telemetry.environments() IS NULL
       OR coalesce(deployment_environment, '') = ANY (telemetry.environments()));
