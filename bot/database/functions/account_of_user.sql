-- The account from which a user's calls of a day (UTC) are paid.
CREATE OR REPLACE FUNCTION account_of_user(_user_id text, _day date) RETURNS text
LANGUAGE sql STABLE AS $$ SELECT 'user:' || _user_id || ':' || _day $$;
