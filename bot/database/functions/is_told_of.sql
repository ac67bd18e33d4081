-- Whether a message that a user got, by Twilio's id, was about a build: it was worked on in the name
-- of the message's request, or went on in that name before it was tried again in a later one.
CREATE OR REPLACE FUNCTION is_told_of(_build build, _provider_sid text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM message_with(_build.user_id, _provider_sid) AS told
        JOIN request AS its ON its.request_id = told.request_id
        LEFT JOIN request AS latest ON latest.request_id = _build.retry_request_id
        WHERE its.request_id IN (_build.request_id, _build.retry_request_id)
           OR its.request_type = 'retry' AND its.project_id = _build.project_id
              AND its.accepted_at > _build.created_at AND its.accepted_at < latest.accepted_at)
$$;
