-- Leaves to the operators, in the audit, where copies of a user's apps are that nobody here can take
-- down; not whose they were.
CREATE OR REPLACE FUNCTION leave_copies(_user_id text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO audit (operator, action, subject, reason)
    SELECT 'textcrew', 'leave_copy', 'copy:' || url,
           'at ' || service || '; its app is deleted, as its user wanted to be forgotten'
    FROM deployment JOIN project USING (project_id)
    WHERE user_id = _user_id ORDER BY confirmed_at;
$$;
