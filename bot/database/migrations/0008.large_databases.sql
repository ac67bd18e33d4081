-- What is looked up stays as fast when there is a lot of it.

-- The words of a request; deletion looks them up as well.
CREATE INDEX inbound_message_by_request ON inbound_message (request_id);

-- Of a user's requests only those that are under way.
CREATE INDEX request_open_by_user ON request (user_id, accepted_at) WHERE closed_at IS NULL;
CREATE INDEX request_by_project ON request (project_id) WHERE project_id IS NOT NULL;

-- The last thing that was said to a user, and what has failed or is on its way.
CREATE INDEX outbox_by_user_and_id ON outbox (user_id, id);
CREATE INDEX outbox_unconfirmed ON outbox (sent_at) WHERE state = 'sent';
CREATE INDEX outbox_undelivered ON outbox (state, id) WHERE state IN ('failed', 'suppressed');
CREATE INDEX outbox_failed_by_time ON outbox (finished_at) WHERE state = 'failed';

-- The few users who are just being forgotten.
CREATE INDEX contact_to_forget ON contact (user_id) WHERE forgotten_request_id IS NOT NULL;

CREATE INDEX forgotten_user_by_time ON forgotten_user (forgotten_at);

-- Deletion looks up whatever refers to a row.
CREATE INDEX contact_by_project ON contact (current_project_id)
    WHERE current_project_id IS NOT NULL;
CREATE INDEX question_by_user ON question (user_id);
CREATE INDEX attachment_by_user ON attachment (user_id);
CREATE INDEX budget_account_by_user ON budget_account (user_id) WHERE user_id IS NOT NULL;

-- What users and agents have spent, and lists of the newest.
CREATE INDEX model_call_by_user ON model_call (user_id, called_at);
CREATE INDEX model_call_by_agent ON model_call (request_id, agent_id);
DROP INDEX model_call_by_request;                -- the one before begins as it did
CREATE INDEX calls_of_day_by_day ON calls_of_day (day, user_id);
CREATE INDEX agent_by_type ON agent (agent_type, spawned_at DESC);
CREATE INDEX agent_by_reason ON agent (termination_reason, spawned_at DESC)
    WHERE termination_reason IS NOT NULL;
CREATE INDEX build_by_time ON build (created_at DESC);
CREATE INDEX project_by_time ON project (created_at);

-- Buttons that Twilio does not know any more.
CREATE INDEX twilio_content_by_sid ON twilio_content (content_sid);
