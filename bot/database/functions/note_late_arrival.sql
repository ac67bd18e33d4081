-- A message that was given up and arrived after all is owed no more; also while it waits for its
-- next attempt. One that is under way again cannot be called back.
CREATE OR REPLACE FUNCTION note_late_arrival(_provider_sid text, _status text)
RETURNS text LANGUAGE sql AS $$
    UPDATE outbox
    SET state = _status, provider_sid = _provider_sid, provider_status = _status,
        finished_at = now(), read_at = CASE WHEN _status = 'read' THEN now() END,
        not_before = NULL, error_code = NULL, error_message = NULL
    WHERE _status IN ('delivered', 'read') AND is_owed AND state IN ('queued', 'failed')
      AND id = (SELECT outbox_id FROM former_sid WHERE provider_sid = _provider_sid)
    RETURNING state
$$;
