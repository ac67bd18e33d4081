-- Sends this user nothing more; what is on its way cannot be called back.
CREATE OR REPLACE FUNCTION suppress_contact(_user_id text, _reason text)
RETURNS void LANGUAGE sql AS $$
    UPDATE contact SET suppressed_at = coalesce(suppressed_at, now()), suppressed_reason = _reason
    WHERE user_id = _user_id AND suppressed_reason IS DISTINCT FROM 'opted_out';
    UPDATE outbox SET state = 'suppressed', finished_at = now(), not_before = NULL
    WHERE user_id = _user_id
      AND (state IN ('queued', 'waiting_for_window') OR state = 'failed' AND is_owed)
      AND NOT (_reason = 'opted_out' AND is_always_said(kind));
$$;
