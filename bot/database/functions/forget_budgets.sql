-- Deletes a user's accounts; what they have spent today (UTC) stays in one that is nobody's, with
-- their calls under way, for who comes back today. Returns its name, NULL if there is nothing in it.
-- What is being settled is waited for; then accounts are locked in the order of `reserve_budget`.
CREATE OR REPLACE FUNCTION forget_budgets(_user_id text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    _day date := (now() AT TIME ZONE 'UTC')::date;
    _account text := account_of_user(_user_id, _day);
    _kept text := account_of_user(translate(gen_random_uuid()::text, '-', ''), _day);
BEGIN
    PERFORM FROM budget_reservation WHERE _account = ANY (accounts) FOR UPDATE;
    PERFORM FROM budget_account WHERE user_id = _user_id ORDER BY account FOR UPDATE;
    PERFORM move_account(_account, _kept, NULL);
    DELETE FROM budget_account WHERE user_id = _user_id;
    RETURN (SELECT account FROM budget_account WHERE account = _kept);
END $$;
