-- Whether a message that a user got, by Twilio's id, was about a build: it was worked on in the name
-- of the message's request, or went on in that name, also before it was tried again in a later one.
CREATE OR REPLACE FUNCTION is_told_of(_build build, _provider_sid text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM message_with(_build.user_id, _provider_sid) AS told
        JOIN request AS its ON its.request_id = told.request_id
        WHERE its.request_id = _build.request_id OR its.retried_build_id = _build.build_id)
$$;
