-- What may still be spent: an account a request, a person and day, and a day over all.

CREATE TABLE budget_account (
    account  text PRIMARY KEY,                   -- request:<id>, user:<id>:<day>, total:<day>
    user_id  text REFERENCES contact ON DELETE CASCADE,  -- NULL for the total
    reserved numeric NOT NULL DEFAULT 0,         -- USD of calls under way
    spent    numeric NOT NULL DEFAULT 0          -- USD of calls that have ended
);

-- One row a call under way; one that a crash left behind is given back when its time is over.
CREATE TABLE budget_reservation (
    reservation_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    accounts       text[] NOT NULL,
    amount         numeric NOT NULL,             -- USD
    expires_at     timestamptz NOT NULL
);
CREATE INDEX budget_reservation_by_expiry ON budget_reservation (expires_at);

-- Reserves on all accounts or on none. The first account that has no room is `refused`; `share` is
-- how much of the fullest one is taken then, from 0 to 1. Accounts are locked in the order given,
-- the narrow ones first, so that two reservations never wait for each other.
CREATE FUNCTION reserve_budget(_accounts text[], _user_id text, _caps numeric[], _amount numeric,
                               _expires_at timestamptz,
                               OUT reservation_id uuid, OUT refused int, OUT share numeric)
LANGUAGE plpgsql AS $$
DECLARE
    _taken numeric;
BEGIN
    share := 0;
    FOR i IN 1 .. cardinality(_accounts) LOOP
        INSERT INTO budget_account AS known (account, user_id, reserved)
        VALUES (_accounts[i], CASE WHEN _accounts[i] LIKE 'total:%' THEN NULL ELSE _user_id END,
                _amount)
        ON CONFLICT (account) DO UPDATE SET reserved = known.reserved + excluded.reserved
        RETURNING known.reserved + known.spent INTO _taken;
        IF _taken > _caps[i] THEN
            FOR j IN 1 .. i LOOP
                UPDATE budget_account SET reserved = reserved - _amount
                WHERE account = _accounts[j];
            END LOOP;
            refused := i;
            RETURN;
        END IF;
        share := greatest(share, _taken / _caps[i]);
    END LOOP;
    INSERT INTO budget_reservation AS made (accounts, amount, expires_at)
    VALUES (_accounts, _amount, _expires_at)
    RETURNING made.reservation_id INTO reservation_id;
END $$;

-- Turns a reservation into what was really spent, once; the same order of locks.
CREATE FUNCTION settle_budget(_reservation_id uuid, _spent numeric) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    _done budget_reservation;
BEGIN
    DELETE FROM budget_reservation WHERE reservation_id = _reservation_id RETURNING * INTO _done;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    FOR i IN 1 .. cardinality(_done.accounts) LOOP
        UPDATE budget_account SET reserved = reserved - _done.amount, spent = spent + _spent
        WHERE account = _done.accounts[i];
    END LOOP;
END $$;
