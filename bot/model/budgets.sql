-- name: reserve
-- Takes the amount from every account that the call concerns, or from none. Days are UTC, by the
-- database's clock.
SELECT reservation_id, refused, share, fullest, accounts
FROM (SELECT ARRAY['request:' || %(request_id)s::uuid, account_of_user(%(user_id)s, day),
                   'total:' || day] AS accounts
      FROM (SELECT (now() AT TIME ZONE 'UTC')::date) AS today (day)) AS concerned
CROSS JOIN LATERAL reserve_budget(accounts, %(user_id)s, %(limits)s, %(amount)s,
                                  now() + %(seconds)s * interval '1 second')

-- name: release
-- Gives back what was reserved: no call has cost anything for it.
SELECT settle_budget(%(reservation_id)s, %(accounts)s, 0)

-- name: release_of_request
-- What earlier runs of a request's work had reserved: one that begins proves that they are over.
SELECT settle_budget(reservation_id, accounts, 0)
FROM (SELECT reservation_id, accounts FROM budget_reservation
      WHERE accounts[1] = 'request:' || %(request_id)s::uuid) AS dead

-- name: release_of_reading
-- The same for one who reads a message, unless it was read before: what is held is its build's then.
SELECT settle_budget(reservation_id, accounts, 0)
FROM (SELECT reservation_id, accounts FROM budget_reservation
      WHERE accounts[1] = 'request:' || %(request_id)s::uuid
        AND EXISTS (SELECT FROM request
                    WHERE request_id = %(request_id)s AND status = 'accepted')) AS dead

-- name: find_orphaned
-- Reservations for requests that no job works on, and for calls that are long over.
SELECT reservation_id, accounts FROM budget_reservation
WHERE expires_at < now() OR NOT EXISTS (
        SELECT FROM procrastinate_jobs AS job
        JOIN build ON build.build_id = (job.args ->> 'build_id')::uuid
        WHERE job.task_name = 'run_build' AND job.status = 'doing'
          AND accounts[1] = 'request:' || build.request_id)
  AND NOT EXISTS (
        SELECT FROM procrastinate_jobs AS job
        JOIN inbound_message ON message_sid = job.args ->> 'message_sid'
        WHERE job.task_name = 'read_message' AND job.status = 'doing'
          AND accounts[1] = 'request:' || inbound_message.request_id)
ORDER BY expires_at;

-- name: find_spent
-- What the calls that have ended cost, of the account that this concerns, whether that of any is
-- not known, and what an operator has added to its limit.
SELECT coalesce(sum(spent), 0) AS spent, coalesce(sum(raised), 0) AS raised,
       CASE %(scope)s
           WHEN 'request' THEN EXISTS (
               SELECT FROM model_call WHERE request_id = %(request_id)s AND cost_usd IS NULL)
           ELSE EXISTS (
               SELECT FROM model_call
               WHERE user_id = %(user_id)s AND cost_usd IS NULL
                 AND called_at >= date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC')
       END AS is_estimate
FROM budget_account
WHERE account = CASE %(scope)s
    WHEN 'request' THEN 'request:' || %(request_id)s::uuid
    ELSE account_of_user(%(user_id)s, (now() AT TIME ZONE 'UTC')::date) END;

-- name: raise_for_today
-- Lets a user have more for this day (UTC), beyond what all users have.
INSERT INTO budget_account AS known (account, user_id, raised)
VALUES (account_of_user(%(user_id)s, (now() AT TIME ZONE 'UTC')::date), %(user_id)s, %(amount)s)
ON CONFLICT (account) DO UPDATE SET raised = known.raised + excluded.raised
RETURNING raised;

-- name: note_usage
-- What a call that is under way has used so far.
UPDATE budget_reservation
SET agent_id = %(agent_id)s, model = %(model)s, input_tokens = %(input_tokens)s,
    output_tokens = %(output_tokens)s, cache_creation_tokens = %(cache_creation_tokens)s,
    cache_read_tokens = %(cache_read_tokens)s
WHERE reservation_id = %(reservation_id)s;
