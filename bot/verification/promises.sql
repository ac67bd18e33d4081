-- Each statement finds what breaks a promise: an id, and in a few words what is wrong with it. What
-- is younger than `grace` seconds is not judged: it may be on its way.

-- name: messages_end
-- Requests that are open although nothing works for them any more.
SELECT request_id::text AS id, 'it is ' || status || ', and nothing works for it' AS fault
FROM request
WHERE closed_at IS NULL AND accepted_at < now() - %(grace)s * interval '1 s'
  AND coalesce(work_ended_at, accepted_at) < now() - %(grace)s * interval '1 s'
  AND NOT EXISTS (SELECT FROM outbox
                  WHERE outbox.request_id = request.request_id
                    AND outbox.state IN ('queued', 'sending', 'uncertain'))
  AND NOT EXISTS (SELECT FROM inbound_message
                  JOIN procrastinate_jobs AS job
                    ON job.task_name IN ('read_message', 'wake_reader')
                   AND job.status IN ('todo', 'doing')
                   AND job.args ->> 'message_sid' = inbound_message.message_sid
                  WHERE inbound_message.request_id = request.request_id)
  AND NOT EXISTS (SELECT FROM build
                  WHERE build.status IN ('queued', 'running')
                    AND (build.request_id = request.request_id
                         OR build.retry_request_id = request.request_id
                         OR build.build_id IN (SELECT build_id FROM change_request
                                               WHERE change_request.request_id
                                                     = request.request_id)));

-- name: answers_go_out
-- Outgoing messages that are due while nobody is sending them, although nothing stands in the way.
SELECT id::text, 'it is ' || state || ', and no job sends it' AS fault
FROM outbox
WHERE state IN ('queued', 'sending', 'uncertain')
  AND greatest(created_at, attempted_at, not_before) < now() - %(grace)s * interval '1 s'
  AND NOT EXISTS (SELECT FROM procrastinate_jobs AS job
                  WHERE job.lock = 'delivery:' || outbox.user_id
                    AND job.status IN ('todo', 'doing'))
  AND NOT EXISTS (SELECT FROM sending_halt) AND NOT is_paused('sending');

-- name: nothing_twice
-- News that one user got more than once: the same words of one kind for one request. Of what is
-- beyond its retention the words are gone. An app can fill up again, the same be wrong in the next
-- round, and a build be as far as it was.
SELECT min(id)::text AS id, count(*) || ' times the same ' || kind AS fault
FROM outbox
WHERE state IN ('sent', 'delivered', 'read') AND carried_by IS NULL AND body <> ''
  AND kind NOT IN ('little_room', 'mending', 'progress')
GROUP BY request_id, kind, part, body HAVING count(*) > 1;

-- name: jobs_have_workers
-- Jobs that are said to be running, in the hands of no worker that lives.
SELECT job.id::text,
       job.task_name || ' runs in ' || coalesce('worker ' || worker.id || ', silent since '
                                                || worker.last_heartbeat, 'no worker') AS fault
FROM procrastinate_jobs AS job
LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
WHERE job.status = 'doing'
  AND (worker.id IS NULL
       OR worker.last_heartbeat < now() - (%(grace)s + 10) * interval '1 s');

-- name: builds_go_on
-- Builds that no job will bring on and that wait for nobody.
SELECT build_id::text AS id, 'it is ' || status || ', and no job works on it' AS fault
FROM build
WHERE status IN ('queued', 'running') AND created_at < now() - %(grace)s * interval '1 s'
  AND (waits_until IS NULL OR waits_until < now() - %(grace)s * interval '1 s')
  AND NOT EXISTS (SELECT FROM procrastinate_jobs AS job
                  WHERE job.task_name = 'run_build' AND job.status IN ('todo', 'doing')
                    AND job.args ->> 'build_id' = build.build_id::text)
  AND NOT EXISTS (SELECT FROM build AS waiting
                  WHERE waiting.project_id = build.project_id
                    AND waiting.build_id <> build.build_id AND waiting.status = 'running'
                    AND (waiting.waits_until IS NOT NULL
                         OR waiting.created_at < build.created_at));

-- name: agents_have_builds
-- Agents that are alive although their build has ended.
SELECT agent_id AS id, 'it is ' || state || ', its build ' || coalesce(build.status, 'gone') AS fault
FROM agent LEFT JOIN build USING (request_id)
WHERE agent.terminated_at IS NULL AND spawned_at < now() - %(grace)s * interval '1 s'
  AND (build.build_id IS NULL
       OR build.status NOT IN ('queued', 'running')
          AND build.ended_at < now() - %(grace)s * interval '1 s');

-- name: links_lead_somewhere
-- Apps whose link shows a version that is not there.
SELECT project_id::text AS id, 'version ' || current_version || ' is not there' AS fault
FROM project
WHERE current_version IS NOT NULL
  AND NOT EXISTS (SELECT FROM version
                  WHERE version.project_id = project.project_id
                    AND version.number = project.current_version AND NOT is_draft);

-- name: words_are_kept
-- Requirements that are met in, or replace, what is not there; changes that are no requirement.
SELECT project_id || ' ' || number AS id, 'it names what is not there' AS fault
FROM requirement
WHERE EXISTS (SELECT FROM unnest(met_in) AS met
              WHERE NOT EXISTS (SELECT FROM version
                                WHERE version.project_id = requirement.project_id
                                  AND version.number = met AND NOT is_draft))
   OR EXISTS (SELECT FROM unnest(replaces) AS replaced
              WHERE NOT EXISTS (SELECT FROM requirement AS earlier
                                WHERE earlier.project_id = requirement.project_id
                                  AND earlier.number = replaced))
UNION ALL
SELECT 'change ' || change_id, 'what was asked for is no requirement'
FROM change_request
WHERE NOT EXISTS (SELECT FROM requirement
                  WHERE requirement.request_id = change_request.request_id);

-- name: budgets_are_the_ledger
-- Accounts of requests that say something else than the ledger of calls does. Left out are those
-- with a call under way, and those with a call that has no known price.
SELECT account AS id,
       'spent ' || budget_account.spent || ' USD, the ledger says ' || ledger.cost
       || coalesce(', reserved ' || nullif(reserved, 0), '') AS fault
FROM budget_account
JOIN request ON budget_account.account = 'request:' || request.request_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(cost_usd), 0) AS cost, count(*) > count(cost_usd) AS is_unknown,
           coalesce(max(called_at) > now() - %(grace)s * interval '1 s', false) AS is_young
    FROM model_call WHERE model_call.request_id = request.request_id) AS ledger
WHERE NOT ledger.is_unknown AND NOT ledger.is_young
  AND NOT EXISTS (SELECT FROM budget_reservation AS under_way
                  WHERE budget_account.account = ANY (under_way.accounts))
  AND (budget_account.spent <> ledger.cost OR reserved <> 0);

-- name: reservations_have_calls
-- Reservations that outlived every call, and accounts of which more or less is held than that.
SELECT reservation_id::text AS id, amount || ' USD are held since too long' AS fault
FROM budget_reservation WHERE expires_at < now() - %(grace)s * interval '1 s'
UNION ALL
SELECT account, reserved || ' USD are held, its calls have reserved ' || coalesce(amount, 0)
FROM budget_account
LEFT JOIN (SELECT account, sum(amount) AS amount
           FROM budget_reservation, unnest(accounts) AS account
           GROUP BY account) AS under_way USING (account)
WHERE reserved <> coalesce(amount, 0);

-- name: goodbyes_end
-- Users who were told goodbye and are still known, although nothing keeps it from ending.
SELECT contact.user_id AS id, 'the goodbye is said, and the user is still known' AS fault
FROM contact JOIN request ON request.request_id = forgotten_request_id
WHERE forgotten_request_id IS NOT NULL  -- few are: by their index
  AND closed_at < now() - (%(grace)s + 180) * interval '1 s'  -- the sweep runs every minute
  AND NOT EXISTS (SELECT FROM outbox
                  WHERE outbox.request_id = forgotten_request_id
                    AND outbox.state IN ('queued', 'sending', 'uncertain')
                    AND outbox.created_at > now() - interval '1 day');

-- name: nothing_comes_back
-- Messages that were taken in again although they were sent before their user was forgotten.
SELECT message_sid AS id, 'sent before its user was forgotten' AS fault
FROM inbound_message
JOIN contact USING (user_id)
JOIN forgotten_user USING (address_key)
WHERE forgotten_request_id IS NULL AND received_at < forgotten_at - interval '10 s';

-- name: tables_about_users
-- The tables that name a user in each row.
SELECT table_name FROM information_schema.columns JOIN information_schema.tables
  USING (table_schema, table_name)
WHERE table_schema = current_schema() AND column_name = 'user_id' AND table_type = 'BASE TABLE'
  AND table_name <> 'contact'
ORDER BY table_name;

-- name: jobs_of_strangers
-- Jobs under the locks of users who are not known.
SELECT job.id::text, 'a ' || job.status || ' job ' || job.task_name || ' names them' AS fault
FROM procrastinate_jobs AS job
WHERE split_part(job.lock, ':', 1) IN ('user', 'stop', 'words', 'album', 'voice', 'delivery')
  AND job.status <> 'doing'
  AND NOT EXISTS (SELECT FROM contact WHERE contact.user_id = split_part(job.lock, ':', 2));
