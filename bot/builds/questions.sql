-- name: store_question
-- A question as the agent asked it; the same call asks it once.
INSERT INTO question (build_id, user_id, tool_use_id, position, question, options, default_answer)
VALUES (%(build_id)s, %(user_id)s, %(tool_use_id)s, %(position)s, %(question)s, %(options)s,
        %(default_answer)s)
ON CONFLICT DO NOTHING;

-- name: find_unanswered
-- The next question of a build that nobody has answered.
SELECT question_id, build_id, user_id, question, options, default_answer, answer, position,
       (SELECT max(position) FROM question AS batch
        WHERE batch.build_id = question.build_id
          AND batch.tool_use_id = question.tool_use_id) AS batch_size
FROM question
WHERE build_id = %(build_id)s AND answer IS NULL
ORDER BY tool_use_id, position LIMIT 1;

-- name: find_question
-- A question of this user, whether or not it is still open.
SELECT question_id, question.build_id, question.user_id, question, options, default_answer,
       answer, position,
       (SELECT max(position) FROM question AS batch
        WHERE batch.build_id = question.build_id
          AND batch.tool_use_id = question.tool_use_id) AS batch_size
FROM question JOIN build USING (build_id)
WHERE question_id = %(question_id)s AND question.user_id = %(user_id)s
  AND (answer IS NOT NULL OR waits_until IS NOT NULL);

-- name: lock_waiting
-- Whether the patience of a build that waits is over; keeps others from resuming it meanwhile.
SELECT waits_until <= now() FROM build
WHERE build_id = %(build_id)s AND waits_until IS NOT NULL
FOR UPDATE;

-- name: suspend
-- Lets the build wait without a job, and schedules one for the end of its patience.
WITH suspended AS (
    UPDATE build SET owner = NULL, waits_until = now() + %(seconds)s * interval '1 s'
    WHERE build_id = %(build_id)s
    RETURNING build_id, waits_until
)
SELECT enqueue_job('conversation', 'take_defaults', 'question:' || build_id,
                   jsonb_build_object('build_id', build_id), waits_until)
FROM suspended;

-- name: find_asked
-- What a build waits to be answered: in whose name it was asked, when, and of whom.
SELECT coalesce(retry_request_id, request_id) AS request_id, asked_at, address_encrypted
FROM question JOIN build USING (build_id) JOIN contact ON contact.user_id = question.user_id
WHERE build_id = %(build_id)s AND answer IS NULL AND asked_at IS NOT NULL
ORDER BY asked_at DESC LIMIT 1;

-- name: wait_for_delivery
-- Lets the build wait on where its question is not out, which a pause may be the reason of, or has
-- not been for so long. What is not out now cannot have been for so long any sooner.
-- One that waits for its user to write is not waited for, nor is one that was given up.
WITH asked AS (
    UPDATE build SET waits_until = out_at + %(seconds)s * interval '1 s'
    FROM (SELECT max(CASE WHEN state IN ('queued', 'sending', 'uncertain') THEN now()
                          WHEN state IN ('sent', 'delivered', 'read')
                               THEN coalesce(sent_at, attempted_at) END) AS out_at
          FROM build AS waiting JOIN question USING (build_id)
          JOIN outbox ON dedupe_key = coalesce(retry_request_id, waiting.request_id)
                                      || ':question:' || question_id
          WHERE build_id = %(build_id)s AND answer IS NULL) AS message
    WHERE build_id = %(build_id)s AND out_at + %(seconds)s * interval '1 s' > now()
    RETURNING build_id, waits_until
)
SELECT enqueue_job('conversation', 'take_defaults', 'question:' || build_id,
                   jsonb_build_object('build_id', build_id), waits_until)
FROM asked;

-- name: wait_for_reader
-- Lets the build wait a little longer where its user has written since it asked and is not read,
-- which an outage or a pause of the intake may be the reason of: that may be the answer.
WITH asked AS (
    UPDATE build SET waits_until = now() + %(seconds)s * interval '1 s'
    WHERE build_id = %(build_id)s AND EXISTS (
        SELECT FROM question
        JOIN request ON request.user_id = question.user_id AND accepted_at > asked_at
        WHERE question.build_id = build.build_id AND answer IS NULL
          AND request.status = 'accepted'
          AND EXISTS (SELECT FROM procrastinate_jobs
                      WHERE lock IN ('user:' || request.user_id, 'album:' || request.user_id,
                                     'voice:' || request.user_id)
                        AND status IN ('todo', 'doing')))
    RETURNING build_id, waits_until
)
SELECT enqueue_job('conversation', 'take_defaults', 'question:' || build_id,
                   jsonb_build_object('build_id', build_id), waits_until)
FROM asked;

-- name: wait_for_twilio
-- Lets the build wait a little longer where what its user wrote may be on its way, or Twilio cannot
-- be asked whether it is: that was so often in vain.
WITH asked AS (
    UPDATE build SET waits_until = now() + %(seconds)s * interval '1 s'
    WHERE build_id = %(build_id)s
    RETURNING build_id, waits_until
)
SELECT enqueue_job('conversation', 'take_defaults', 'question:' || build_id,
                   jsonb_build_object('build_id', build_id, 'in_vain', %(in_vain)s::int),
                   waits_until)
FROM asked;

-- name: note_asked
-- It is this question's turn.
UPDATE question SET asked_at = now() WHERE question_id = %(question_id)s;

-- name: answer
-- What the user said, once.
UPDATE question SET answer = %(answer)s, answered_at = now()
WHERE question_id = %(question_id)s AND answer IS NULL;

-- name: take_defaults
-- Nobody has answered: the defaults count.
UPDATE question SET answer = default_answer, is_default = true, answered_at = now()
WHERE build_id = %(build_id)s AND answer IS NULL
RETURNING question_id, question, answer;

-- name: resume
-- The build goes on.
UPDATE build SET waits_until = NULL WHERE build_id = %(build_id)s
RETURNING project_id, enqueue_job('planning', 'run_build', 'project:' || project_id,
                                  jsonb_build_object('build_id', build_id));

-- name: release_queue
-- What had to wait with a build goes on behind it: its jobs may have come while that waited.
SELECT enqueue_job('planning', 'run_build', 'project:' || project_id,
                   jsonb_build_object('build_id', build_id))
FROM (SELECT build_id, project_id FROM build
      WHERE project_id = %(project_id)s AND status = 'queued' ORDER BY created_at) AS queued;

-- name: list_answers
-- What was answered in the build of a request, in order.
SELECT question, answer, is_default, tool_use_id
FROM question JOIN build USING (build_id)
WHERE build.request_id = %(request_id)s AND answer IS NOT NULL
ORDER BY answered_at, position;

-- name: find_waiting_request
-- In whose name a build waits.
SELECT coalesce(retry_request_id, request_id) FROM build WHERE build_id = %(build_id)s;
