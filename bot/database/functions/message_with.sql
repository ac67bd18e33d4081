-- A user's message that Twilio knows by an id, or knew by it in an attempt that it gave up.
CREATE OR REPLACE FUNCTION message_with(_user_id text, _provider_sid text) RETURNS SETOF outbox
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT * FROM outbox
    WHERE user_id = _user_id
      AND id IN (SELECT id FROM outbox WHERE provider_sid = _provider_sid
                 UNION SELECT outbox_id FROM former_sid WHERE provider_sid = _provider_sid)
$$;
