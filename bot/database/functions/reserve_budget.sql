-- Reserves on all accounts or on none. The first account that has no room is `refused`; `share` is
-- how much of the user's `fullest` one is taken then, from 0 to 1. Accounts are locked in the
-- order given, the narrow ones first, so that two reservations never wait for each other.
CREATE OR REPLACE FUNCTION reserve_budget(
    _accounts text[], _user_id text, _caps numeric[], _amount numeric, _expires_at timestamptz,
    OUT reservation_id uuid, OUT refused int, OUT share numeric, OUT fullest int)
LANGUAGE plpgsql AS $$
DECLARE
    _taken numeric;
    _cap numeric;
    _is_total boolean;
BEGIN
    share := 0;
    fullest := 1;
    FOR i IN 1 .. cardinality(_accounts) LOOP
        _is_total := _accounts[i] LIKE 'total:%';
        INSERT INTO budget_account AS known (account, user_id, reserved)
        VALUES (_accounts[i], CASE WHEN _is_total THEN NULL ELSE _user_id END, _amount)
        ON CONFLICT (account) DO UPDATE SET reserved = known.reserved + excluded.reserved
        RETURNING known.reserved + known.spent, _caps[i] + known.raised INTO _taken, _cap;
        IF _taken > _cap THEN
            FOR j IN 1 .. i LOOP
                UPDATE budget_account SET reserved = reserved - _amount
                WHERE account = _accounts[j];
            END LOOP;
            refused := i;
            RETURN;
        END IF;
        IF NOT _is_total AND _taken / _cap > share THEN
            share := _taken / _cap;
            fullest := i;
        END IF;
    END LOOP;
    INSERT INTO budget_reservation AS made (accounts, amount, expires_at)
    VALUES (_accounts, _amount, _expires_at)
    RETURNING made.reservation_id INTO reservation_id;
END $$;
