-- Retention: how a step finds what is old without reading the whole table. What is emptied instead
-- of deleted leaves its index, so that no step meets it again.

CREATE INDEX turn_by_time ON turn (answered_at);
CREATE INDEX outside_call_by_time ON outside_call (began_at);
CREATE INDEX media_by_time ON media (created_at);

ALTER TABLE handoff ALTER COLUMN document DROP NOT NULL;  -- NULL: its retention is over
CREATE INDEX handoff_with_document ON handoff (created_at) WHERE document IS NOT NULL;

CREATE INDEX inbound_message_with_fields ON inbound_message (received_at)
    WHERE fields_encrypted <> ''::bytea;
CREATE INDEX outbox_with_text ON outbox (created_at) WHERE body <> '';

CREATE INDEX budget_account_by_day ON budget_account ((right(account, 10)))
    WHERE account LIKE 'user:%' OR account LIKE 'total:%';

CREATE INDEX procrastinate_jobs_without_success ON procrastinate_jobs (id)
    WHERE status IN ('failed', 'cancelled', 'aborted');

-- Whether a request may still be gone on with: what its agents know is kept. A build that failed or
-- was stopped can be asked for again, and then goes on where it was.
CREATE FUNCTION may_go_on(_request_id uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM request WHERE request_id = _request_id AND closed_at IS NULL)
        OR EXISTS (SELECT FROM build WHERE request_id = _request_id AND status <> 'completed')
$$;
