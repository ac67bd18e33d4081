-- What was spent today (UTC) by somebody who was forgotten counts for who comes with what they were
-- known by, once.
CREATE OR REPLACE FUNCTION take_spending(_user_id text, _keys text[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    _day date := (now() AT TIME ZONE 'UTC')::date;
BEGIN
    PERFORM move_account(spent_in, account_of_user(_user_id, _day), _user_id)
    FROM (SELECT DISTINCT spent_in FROM forgotten_user
          WHERE address_key = ANY (_keys) AND right(spent_in, 10) = _day::text) AS theirs;
END $$;
