-- name: reserve
-- Takes the amount from every account that the call concerns, or from none.
SELECT reservation_id, refused, share, fullest
FROM reserve_budget(%(accounts)s, %(user_id)s, %(caps)s, %(amount)s,
                    now() + %(seconds)s * interval '1 second')

-- name: settle
-- The call has ended and has cost this much.
SELECT settle_budget(%(reservation_id)s, %(spent)s)

-- name: settle_expired
-- A call whose worker is gone: whether it cost anything is unknown, so all of it counts as spent.
-- One at a time, because accounts of several could be locked in two orders.
SELECT settle_budget(reservation_id, amount)
FROM (SELECT reservation_id, amount FROM budget_reservation
      WHERE expires_at < now() ORDER BY expires_at LIMIT 1) AS expired
