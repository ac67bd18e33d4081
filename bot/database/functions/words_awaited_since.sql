-- Since when a user is to say what something was sent for that came without words: NULL if that is
-- not the last thing that they were told within the day before they wrote.
CREATE OR REPLACE FUNCTION words_awaited_since(_user_id text, _said_at timestamptz)
RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT created_at
    FROM (SELECT kind, created_at FROM outbox
          WHERE user_id = _user_id AND created_at < _said_at AND kind NOT IN ('heard', 'unread')
          ORDER BY id DESC LIMIT 1) AS told
    WHERE kind = 'what_for' AND created_at > _said_at - interval '1 day'
$$;
