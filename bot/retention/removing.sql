-- name: remove_turns
-- Conversations of agents that have ended and whose request nobody can go on with, or has for as
-- long: "try again" does not take up a build that failed or was stopped so long ago. With them goes
-- how they and their request's other agents were addressed, and which tools of other services they
-- were offered. What these answered in the end stays, for later changes.
WITH old AS (
    SELECT agent_id, number, request_id FROM turn JOIN agent USING (agent_id)
    WHERE answered_at < %(before)s AND terminated_at IS NOT NULL
      AND NOT may_go_on_since(agent.request_id, %(before)s)
    ORDER BY answered_at LIMIT %(limit)s FOR UPDATE OF turn SKIP LOCKED
), emptied AS (
    UPDATE agent SET opening = '[]' WHERE agent_id IN (
        SELECT agent_id FROM agent
        WHERE request_id IN (SELECT request_id FROM old) AND terminated_at IS NOT NULL
          AND opening <> '[]'
        ORDER BY agent_id FOR NO KEY UPDATE)
    RETURNING agent_id
), unanswered AS (  -- what an agent was told that never answered has no turn to go with
    UPDATE agent SET opening = '[]' WHERE agent_id IN (
        SELECT agent_id FROM agent
        WHERE opening <> '[]' AND spawned_at < %(before)s AND terminated_at IS NOT NULL
          AND NOT EXISTS (SELECT FROM turn JOIN agent AS other USING (agent_id)
                          WHERE other.request_id = agent.request_id)
          AND NOT may_go_on_since(request_id, %(before)s)
        ORDER BY spawned_at LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING agent_id
), offered AS (
    DELETE FROM agent_offer
    WHERE agent_id IN (SELECT agent_id FROM emptied UNION ALL SELECT agent_id FROM unanswered)
)
DELETE FROM turn USING old WHERE turn.agent_id = old.agent_id AND turn.number = old.number;

-- name: remove_views
-- Pictures that those conversations showed. With them go the others of their builds' trials: where
-- a step failed, and the page in use, unless that shows a version of the app: previews of its link
-- have it as long as there is the version.
WITH old AS (
    SELECT build_id, manifest, list_hash, screen FROM trial_view JOIN build USING (build_id)
    WHERE trial_view.taken_at < %(before)s AND NOT may_go_on_since(build.request_id, %(before)s)
    ORDER BY trial_view.taken_at LIMIT %(limit)s FOR UPDATE OF trial_view SKIP LOCKED
), emptied AS (
    UPDATE trial
    SET failure = NULL,
        picture = CASE WHEN EXISTS (
            SELECT FROM build JOIN version USING (project_id)
            WHERE build.build_id = trial.build_id AND version.manifest = trial.manifest
              AND NOT is_draft) THEN picture END
    WHERE (build_id, manifest, list_hash) IN (
        SELECT build_id, manifest, list_hash FROM trial
        WHERE build_id IN (SELECT build_id FROM old)
          AND (picture IS NOT NULL OR failure IS NOT NULL)
        ORDER BY build_id, manifest, list_hash FOR NO KEY UPDATE)
), unseen AS (  -- those of builds of which no screen was ever taken
    UPDATE trial SET failure = NULL, picture = NULL
    WHERE (build_id, manifest, list_hash) IN (
        SELECT build_id, manifest, list_hash FROM trial JOIN build USING (build_id)
        WHERE coalesce(picture, trial.failure) IS NOT NULL AND tried_at < %(before)s
          AND NOT EXISTS (SELECT FROM trial_view WHERE trial_view.build_id = trial.build_id)
          AND NOT EXISTS (SELECT FROM version
                          WHERE version.project_id = build.project_id
                            AND version.manifest = trial.manifest AND NOT is_draft)
          AND NOT may_go_on_since(build.request_id, %(before)s)
        ORDER BY tried_at LIMIT %(limit)s FOR NO KEY UPDATE OF trial SKIP LOCKED)
)
DELETE FROM trial_view AS view USING old
WHERE (view.build_id, view.manifest, view.list_hash, view.screen)
    = (old.build_id, old.manifest, old.list_hash, old.screen);

-- name: remove_tool_results
-- Calls of other services' tools, likewise.
DELETE FROM outside_call WHERE (agent_id, tool_use_id) IN (
    SELECT agent_id, tool_use_id FROM outside_call JOIN agent USING (agent_id)
    WHERE began_at < %(before)s AND terminated_at IS NOT NULL
      AND NOT may_go_on_since(agent.request_id, %(before)s)
    ORDER BY began_at LIMIT %(limit)s FOR UPDATE OF outside_call SKIP LOCKED);

-- name: remove_prompts
-- What agents were told whose conversations are gone.
DELETE FROM agent_prompt WHERE prompt_hash IN (
    SELECT prompt_hash FROM agent_prompt AS prompt
    WHERE used_at < %(before)s
      AND NOT EXISTS (SELECT FROM agent
                      WHERE agent.prompt_hash = prompt.prompt_hash AND terminated_at IS NULL)
      AND NOT EXISTS (SELECT FROM agent JOIN turn USING (agent_id)
                      WHERE agent.prompt_hash = prompt.prompt_hash)
    ORDER BY used_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED);

-- name: remove_handoffs
-- Documents whose successor has ended; the row still says who handed over to whom.
UPDATE handoff SET document = NULL WHERE handoff_id IN (
    SELECT handoff_id FROM handoff JOIN agent ON agent_id = target_agent_id
    WHERE document IS NOT NULL AND created_at < %(before)s AND terminated_at IS NOT NULL
      AND NOT may_go_on_since(handoff.request_id, %(before)s)
    ORDER BY created_at LIMIT %(limit)s FOR UPDATE OF handoff SKIP LOCKED);

-- name: remove_inbound
-- What Twilio sent, and the text unless an app was asked for with it: a later change reads that.
-- With the text goes the question whether it asked for one, unless that was asked lately. The
-- message's id stays, so that it is never taken in again.
WITH old AS (
    SELECT message_sid, inbound_message.request_id, inbound_message.user_id
    FROM inbound_message JOIN request USING (request_id)
    WHERE fields_encrypted <> ''::bytea AND received_at < %(before)s AND closed_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM doubt
                      WHERE doubt.user_id = inbound_message.user_id
                        AND doubt.request_id = inbound_message.request_id
                        AND asked_at >= %(before)s)
    ORDER BY received_at LIMIT %(limit)s FOR UPDATE OF inbound_message SKIP LOCKED
), given_up AS (
    DELETE FROM doubt USING old
    WHERE doubt.user_id = old.user_id AND doubt.request_id = old.request_id
)
UPDATE inbound_message
SET fields_encrypted = ''::bytea,
    body = CASE
        WHEN asks_for_an_app(request_id) THEN body ELSE '' END
WHERE message_sid IN (SELECT message_sid FROM old);

-- name: remove_outbound
-- Texts and choices of messages that have ended, or that Twilio took in and never told the end of.
-- What was owed to its recipient is so no longer: there is nothing left to send.
UPDATE outbox SET body = '', choices = NULL, is_owed = false WHERE id IN (
    SELECT id FROM outbox JOIN request USING (request_id)
    WHERE body <> '' AND created_at < %(before)s AND closed_at IS NOT NULL
      AND state IN ('sent', 'delivered', 'read', 'failed', 'suppressed')
    ORDER BY created_at LIMIT %(limit)s FOR UPDATE OF outbox SKIP LOCKED);

-- name: remove_media
-- Pictures and files that no message shows which is on its way, or owed to its recipient.
DELETE FROM media WHERE media_id IN (
    SELECT media_id FROM media
    WHERE created_at < %(before)s
      AND NOT EXISTS (SELECT FROM outbox WHERE outbox.media_id = media.media_id
                      AND (state NOT IN ('sent', 'delivered', 'read', 'failed', 'suppressed')
                           OR is_owed))
    ORDER BY created_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED);

-- name: remove_uploads
-- Files of users' that no request has taken along, unless their message is still to be read. With
-- one goes the question whether an app was asked for with it, unless that was asked lately.
WITH old AS (
    SELECT message_sid, number, user_id, path FROM attachment
    WHERE project_id IS NULL AND received_at < %(before)s
      AND NOT EXISTS (SELECT FROM inbound_message AS brought JOIN request USING (request_id)
                      WHERE brought.message_sid = attachment.message_sid AND work_ended_at IS NULL)
      AND NOT EXISTS (SELECT FROM doubt
                      WHERE doubt.user_id = attachment.user_id AND asked_at >= %(before)s
                        AND position(path IN doubt.body) > 0)
    ORDER BY received_at LIMIT %(limit)s FOR UPDATE OF attachment SKIP LOCKED
), given_up AS (
    DELETE FROM doubt USING old
    WHERE doubt.user_id = old.user_id AND position(old.path IN doubt.body) > 0
)
DELETE FROM attachment USING old
WHERE attachment.message_sid = old.message_sid AND attachment.number = old.number;

-- name: remove_cleared
-- What owners cleared of their apps' data and did not bring back.
DELETE FROM cleared_document WHERE (project_id, collection, document_id) IN (
    SELECT project_id, collection, document_id FROM cleared_document
    WHERE cleared_at < %(before)s
    ORDER BY cleared_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED);

-- name: remove_shares
-- What tells which of an app's documents came from one address, once its day is over.
UPDATE document SET share_key = NULL WHERE (project_id, collection, document_id) IN (
    SELECT project_id, collection, document_id FROM document
    WHERE share_key IS NOT NULL AND share_day < (%(before)s AT TIME ZONE 'UTC')::date
    ORDER BY share_day LIMIT %(limit)s FOR UPDATE SKIP LOCKED);

-- name: remove_jobs
-- Jobs that failed or were called off; nobody has given them another chance.
DELETE FROM procrastinate_jobs WHERE id IN (
    SELECT id FROM procrastinate_jobs AS job
    WHERE status IN ('failed', 'cancelled', 'aborted')
      AND (SELECT max(at) FROM procrastinate_events WHERE job_id = job.id) < %(before)s
    ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED);

-- name: remove_budgets
-- Accounts of days that are over, unless a call is still under way on them.
DELETE FROM budget_account WHERE account IN (
    SELECT account FROM budget_account
    WHERE (account LIKE 'user:%%' OR account LIKE 'total:%%')
      AND right(account, 10) < to_char(%(before)s AT TIME ZONE 'UTC', 'YYYY-MM-DD')
      AND reserved = 0
    ORDER BY right(account, 10) LIMIT %(limit)s FOR UPDATE SKIP LOCKED);

-- name: remove_calls
-- Calls of requests that nobody can go on with, or has for as long, which their day's sums then
-- stand for. The budget of such a request goes with the first of its calls; a build that is tried
-- again after all begins with a full one. Whose user is just being joined with another one, or
-- forgotten, is left for later.
WITH old AS (
    SELECT model_call.*, project_id, (called_at AT TIME ZONE 'UTC')::date AS day
    FROM model_call JOIN request USING (request_id)
    JOIN contact ON contact.user_id = model_call.user_id
    WHERE called_at < %(before)s AND closed_at IS NOT NULL
      AND NOT may_go_on_since(request_id, %(before)s)
    ORDER BY called_at LIMIT %(limit)s
    FOR UPDATE OF model_call SKIP LOCKED FOR KEY SHARE OF contact SKIP LOCKED
), former AS (
    DELETE FROM calls_of_day AS kept
    USING (SELECT DISTINCT user_id, day, model, project_id FROM old) AS known
    WHERE known.user_id = kept.user_id AND known.day = kept.day AND known.model = kept.model
      AND known.project_id IS NOT DISTINCT FROM kept.project_id
    RETURNING kept.*
), summed AS (
    INSERT INTO calls_of_day (day, user_id, project_id, model, calls, input_tokens, output_tokens,
                              thinking_tokens, cache_creation_tokens, cache_read_tokens,
                              known_cost_usd, unpriced_calls)
    SELECT day, user_id, project_id, model, sum(calls), sum(input_tokens), sum(output_tokens),
           sum(thinking_tokens), sum(cache_creation_tokens), sum(cache_read_tokens), sum(cost), sum(unpriced)
    FROM (SELECT day, user_id, project_id, model, 1::bigint AS calls, input_tokens, output_tokens,
                 thinking_tokens, cache_creation_tokens, cache_read_tokens, cost_usd AS cost,
                 (cost_usd IS NULL)::int AS unpriced
          FROM old
          UNION ALL
          SELECT day, user_id, project_id, model, calls, input_tokens, output_tokens,
                 thinking_tokens, cache_creation_tokens, cache_read_tokens, known_cost_usd, unpriced_calls
          FROM former) AS part
    GROUP BY day, user_id, project_id, model
), closed AS (
    DELETE FROM budget_account WHERE account IN (
        SELECT account FROM budget_account
        WHERE account IN (SELECT 'request:' || request_id FROM old)
        ORDER BY account FOR UPDATE)
)
DELETE FROM model_call USING old WHERE model_call.id = old.id;

-- name: remove_drafts
-- What builds that ended long ago without success had made, if the project has a later version.
WITH old AS (
    SELECT version.project_id, number
    FROM version JOIN build USING (request_id) JOIN project ON project.project_id = version.project_id
    WHERE is_draft AND published_at < %(before)s AND build.status NOT IN ('queued', 'running')
      AND ended_at < %(before)s
      AND number IS DISTINCT FROM current_version
      AND EXISTS (SELECT FROM version AS later
                  WHERE later.project_id = version.project_id AND later.number > version.number)
    ORDER BY published_at LIMIT %(limit)s
    FOR UPDATE OF version, build, project SKIP LOCKED
), to_sweep AS (
    UPDATE project SET swept_at = NULL
    WHERE project_id IN (SELECT project_id FROM old)
)
DELETE FROM version USING old
WHERE version.project_id = old.project_id AND version.number = old.number;

-- name: remove_files
-- Contents that no file, version or round of review names, project by project, and how many. Who
-- writes holds the project's row: until they are done it is passed over, and after that it is not
-- old any more.
WITH swept AS (
    SELECT project_id FROM project
    WHERE (swept_at IS NULL OR swept_at < updated_at) AND updated_at < %(before)s
    ORDER BY updated_at LIMIT greatest(%(limit)s::int / 50, 1) FOR UPDATE SKIP LOCKED
), dropped AS (
    DELETE FROM blob USING swept
    WHERE blob.project_id = swept.project_id
      AND NOT EXISTS (SELECT FROM workspace_file AS file
                      WHERE file.project_id = blob.project_id AND file.sha256 = blob.sha256)
      AND NOT EXISTS (SELECT FROM version_file AS file
                      WHERE file.project_id = blob.project_id AND file.sha256 = blob.sha256)
      AND NOT EXISTS (SELECT FROM review_file AS file
                      WHERE file.project_id = blob.project_id AND file.sha256 = blob.sha256)
    RETURNING blob.project_id
)
UPDATE project SET swept_at = now() FROM swept WHERE project.project_id = swept.project_id
RETURNING (SELECT count(*) FROM dropped WHERE dropped.project_id = project.project_id);

-- name: remove_audit
-- What operators did long ago.
DELETE FROM audit WHERE audit_id IN (
    SELECT audit_id FROM audit WHERE at < %(before)s
    ORDER BY at LIMIT %(limit)s FOR UPDATE SKIP LOCKED);
