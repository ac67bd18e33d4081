-- "Try again": a build that failed or was stopped goes on, in the name of a later request.

ALTER TABLE build ADD COLUMN retry_request_id uuid REFERENCES request ON DELETE SET NULL;
CREATE INDEX build_by_retry ON build (retry_request_id)
    WHERE retry_request_id IS NOT NULL;          -- deletion looks a row's builds up

ALTER TABLE agent DROP CONSTRAINT agent_continuation_mode_check;
ALTER TABLE agent ADD CONSTRAINT agent_continuation_mode_check
    CHECK (continuation_mode IN ('fresh', 'handoff', 'resumed'));
