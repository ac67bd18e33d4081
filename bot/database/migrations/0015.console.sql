-- What operators look up stays as fast when there is a lot of it.

-- Requests by time, those among them that are shown as ended or in trouble, and one by its trace.
CREATE INDEX request_by_time ON request (accepted_at DESC, request_id DESC);
CREATE INDEX request_of_work ON request (accepted_at DESC, request_id DESC)
    WHERE request_type IN ('build', 'change', 'retry');
CREATE INDEX request_troubled ON request (status, accepted_at DESC, request_id DESC)
    WHERE status IN ('failed', 'stopped');
CREATE INDEX request_ended ON request (work_ended_at DESC)
    WHERE work_ended_at IS NOT NULL
      AND (status = 'failed' OR request_type IN ('build', 'change', 'retry'));
CREATE INDEX request_by_trace ON request (trace_id);

-- Messages that wait for their recipients to write, or of which nobody knows whether they arrived,
-- and those that ended with an error.
CREATE INDEX outbox_held ON outbox (state, id) WHERE state IN ('uncertain', 'waiting_for_window');
CREATE INDEX outbox_by_error ON outbox (error_code, id DESC) WHERE error_code IS NOT NULL;
