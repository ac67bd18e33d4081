-- Ends a reservation, if it is still there, and books what the call has cost. A call that outlived
-- its reservation is booked all the same, on the accounts that its caller knows. The reservation
-- knows better whose they are by now, as it is when it goes: two users may have turned out to be
-- one, even while this waited for it. The order of locks is that of `reserve_budget`.
CREATE OR REPLACE FUNCTION settle_budget(_reservation_id uuid, _accounts text[], _spent numeric)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    _amount numeric;
    _held text[];
BEGIN
    DELETE FROM budget_reservation WHERE reservation_id = _reservation_id
    RETURNING amount, accounts INTO _amount, _held;
    _accounts := coalesce(_held, _accounts);
    FOR i IN 1 .. cardinality(_accounts) LOOP
        UPDATE budget_account
        SET reserved = reserved - coalesce(_amount, 0), spent = spent + _spent
        WHERE account = _accounts[i];
    END LOOP;
END $$;
