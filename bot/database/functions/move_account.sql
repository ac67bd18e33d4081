-- Adds what is in an account, if there is one, to that of another user (NULL: to one that is
-- nobody's), and lets what is under way be booked there.
CREATE OR REPLACE FUNCTION move_account(_account text, _to text, _user_id text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE budget_reservation SET accounts = array_replace(accounts, _account, _to)
    WHERE _account = ANY (accounts);
    WITH moved AS (
        DELETE FROM budget_account WHERE account = _account RETURNING reserved, spent, raised
    )
    INSERT INTO budget_account AS known (account, user_id, reserved, spent, raised)
    SELECT _to, _user_id, reserved, spent, raised FROM moved
    ON CONFLICT (account) DO UPDATE
        SET reserved = known.reserved + excluded.reserved, spent = known.spent + excluded.spent,
            raised = known.raised + excluded.raised;
END $$;
