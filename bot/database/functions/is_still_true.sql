-- Whether the recipient of a message that was not delivered can still do something with it.
CREATE OR REPLACE FUNCTION is_still_true(_message outbox) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT _message.carries
        -- A message of which a part is out is told to its end.
        OR _message.parts > 1 AND EXISTS (
            SELECT FROM outbox AS other
            WHERE other.dedupe_key = _message.dedupe_key AND other.part <> _message.part
              AND other.state IN ('sent', 'delivered', 'read'))
        OR CASE
        WHEN _message.kind IN ('published', 'picture') THEN NOT EXISTS (
            SELECT FROM outbox AS later
            JOIN request AS its USING (request_id)
            JOIN request AS ours ON ours.request_id = _message.request_id
            WHERE later.user_id = _message.user_id AND later.kind = 'published'
              AND later.id > _message.id AND later.request_id <> _message.request_id
              AND its.project_id = ours.project_id)
            -- What was undone since was told with the link that shows the version before.
            AND NOT EXISTS (
                SELECT FROM build
                JOIN version ON version.project_id = build.project_id
                            AND version.request_id = build.request_id AND NOT is_draft
                WHERE _message.request_id IN (build.request_id, retry_request_id)
                  AND NOT EXISTS (SELECT FROM line_of_versions(build.project_id) AS shown
                                  WHERE shown = build.request_id))
        WHEN _message.kind = 'question' THEN EXISTS (
            SELECT FROM question JOIN build USING (build_id)
            WHERE question_id::text = split_part(_message.dedupe_key, ':', 3)
              AND answer IS NULL AND waits_until IS NOT NULL)
        WHEN _message.kind = 'budget' THEN EXISTS (
            SELECT FROM build
            WHERE coalesce(retry_request_id, request_id) = _message.request_id
              AND status = 'stopped' AND failure IS NOT NULL
              AND NOT is_outdated(build) AND NOT is_left_behind(build))
        WHEN _message.kind = 'failed' THEN NOT EXISTS (
            SELECT FROM build
            WHERE _message.request_id IN (request_id, retry_request_id)
              AND (status IN ('queued', 'running', 'completed')
                   OR coalesce(retry_request_id, request_id) <> _message.request_id))
        WHEN _message.kind = 'opted_out' THEN EXISTS (
            SELECT FROM contact
            WHERE contact.user_id = _message.user_id AND suppressed_reason = 'opted_out')
        -- What a build will do is news until it is done, each step until the next is told.
        WHEN _message.kind IN ('understood', 'retrying', 'defaults') THEN EXISTS (
            SELECT FROM request
            WHERE request_id = _message.request_id AND work_ended_at IS NULL)
        WHEN _message.kind IN ('heard', 'designed', 'data_modelled', 'built', 'mending', 'progress',
                               'delayed', 'budget_notice', 'context_warning', 'handed_over',
                               'unread')
            THEN NOT EXISTS (
                SELECT FROM outbox AS later
                WHERE later.request_id = _message.request_id AND later.id > _message.id
                  AND later.state IN ('sent', 'delivered', 'read'))
        -- Who went on waits for no old question, and for an answer only for a while: if Twilio had
        -- taken a part of it in before, they may have it.
        WHEN _message.kind IN ('reply', 'unsure', 'not_heard', 'what_next', 'stopped',
                               'nothing_runs', 'nothing_to_stop', 'doubt', 'unsubscribe_asked', 'clear_asked',
                               'forget_asked', 'forget_declined', 'flood')
            THEN _message.kind IN ('reply', 'unsure', 'not_heard', 'what_next', 'stopped',
                                   'nothing_runs', 'nothing_to_stop')
                    AND _message.created_at > now() - interval '10 minutes'
                    AND NOT EXISTS (
                        SELECT FROM former_sid
                        JOIN outbox AS its ON its.id = outbox_id
                        WHERE its.dedupe_key = _message.dedupe_key)
                OR NOT EXISTS (
                    SELECT FROM request AS later
                    JOIN request AS ours ON ours.request_id = _message.request_id
                    WHERE later.user_id = _message.user_id
                      AND later.accepted_at > ours.accepted_at)
        ELSE true END
$$;
