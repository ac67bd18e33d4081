-- A call enters the ledger and leaves the reservations in one step, so that accounts are the sum of
-- the ledger whatever dies in between.

ALTER TABLE model_call ADD COLUMN reservation_id uuid UNIQUE;  -- NULL before this migration

-- A run that begins finds what the run before it has left.
CREATE INDEX budget_reservation_by_request ON budget_reservation ((accounts[1]));

-- Ends a reservation, if it is still there, and books what the call has cost. A call that outlived
-- its reservation is booked all the same. The order of locks is that of `reserve_budget`.
CREATE FUNCTION settle_budget(_reservation_id uuid, _accounts text[], _spent numeric)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    _amount numeric := 0;
BEGIN
    DELETE FROM budget_reservation WHERE reservation_id = _reservation_id
    RETURNING amount INTO _amount;
    FOR i IN 1 .. cardinality(_accounts) LOOP
        UPDATE budget_account
        SET reserved = reserved - coalesce(_amount, 0), spent = spent + _spent
        WHERE account = _accounts[i];
    END LOOP;
END $$;

-- Deletes a person's accounts. What a call under way will have cost is booked in the total when it
-- ends.
CREATE OR REPLACE FUNCTION forget_budgets(_user_id text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM budget_account WHERE user_id = _user_id ORDER BY account FOR UPDATE;
    WITH ended AS (
        DELETE FROM budget_reservation
        WHERE reservation_id IN (
            SELECT reservation_id FROM budget_reservation
            WHERE EXISTS (SELECT FROM unnest(accounts) AS account
                          WHERE account LIKE 'user:' || _user_id || ':%')
            FOR UPDATE SKIP LOCKED)
        RETURNING accounts, amount
    ), by_day AS (
        SELECT account, sum(amount) AS amount
        FROM ended CROSS JOIN unnest(accounts) AS account
        WHERE account LIKE 'total:%' GROUP BY account
    )
    UPDATE budget_account AS total SET reserved = total.reserved - by_day.amount
    FROM by_day WHERE total.account = by_day.account;
    DELETE FROM budget_account WHERE user_id = _user_id;
END $$;
