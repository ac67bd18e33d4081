-- Deletes a user's accounts. What a call under way will have cost is booked in the total when it
-- ends. Accounts are locked in the order of `reserve_budget`; a reservation that is being settled
-- meanwhile is left to that.
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
