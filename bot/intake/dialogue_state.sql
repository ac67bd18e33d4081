-- name: list_open
-- What a user was asked before they wrote this message and had not answered, the latest first.
-- What cannot be undone is asked for ten minutes; the rest for a day, or as long as a build waits, and
-- for whoever replies to the question itself, or taps below it, as long as it can be done at all.
-- By the time when they wrote: an outage or a pause of the intake may keep it unread for longer. What
-- was given up or held back at first was asked when it went out in the end.
--
-- What would delete something, or end all messages, is overtaken by news of a build and by an answer
-- to what they wrote since; the end of data, which can be brought back, by news alone.
WITH this AS (
    SELECT accepted_at AS said_at,
           (SELECT request_id FROM message_with(%(user_id)s, %(sid)s)) AS quoted_request_id
    FROM request WHERE request_id = %(request_id)s
)
SELECT about, asked.request_id, build_id, project_id, question_id, subject, options, kind, project,
       about IN ('forget', 'clear', 'unsubscribe') AND EXISTS (
           SELECT FROM outbox AS told JOIN request AS answered USING (request_id)
           WHERE told.user_id = %(user_id)s
             AND told.created_at > asked_at AND told.created_at < said_at
             AND (answered.accepted_at > asked_at AND about <> 'clear'
                  OR EXISTS (SELECT FROM build
                             WHERE build.user_id = told.user_id
                               AND told.request_id IN (build.request_id, build.retry_request_id)))
       ) AS is_overtaken
FROM this CROSS JOIN LATERAL (
    SELECT 'doubt' AS about, asked_at, request_id, NULL::uuid AS build_id,
           NULL::uuid AS project_id, NULL::uuid AS question_id, body AS subject,
           '{}'::text[] AS options, kind, project
    FROM doubt
    WHERE user_id = %(user_id)s
      AND (asked_at > said_at - interval '1 day' OR request_id = quoted_request_id)
    UNION ALL
    SELECT 'forget', forget_asked_at, NULL, NULL, NULL, NULL, '', '{}', NULL, NULL
    FROM contact
    WHERE user_id = %(user_id)s AND forget_asked_at > said_at - interval '10 minutes'
    UNION ALL
    SELECT 'clear', clear_asked_at, NULL, NULL, project_id, NULL, title, '{}', NULL, NULL
    FROM project
    WHERE user_id = %(user_id)s AND clear_asked_at > said_at - interval '10 minutes'
    UNION ALL
    SELECT 'unsubscribe', created_at, request_id, NULL, NULL, NULL, '', '{}', NULL, NULL
    FROM (SELECT kind, created_at, request_id FROM outbox
          WHERE user_id = %(user_id)s
            AND kind IN ('unsubscribe_asked', 'opted_out', 'reply', 'doubt', 'understood',
                         'forget_asked', 'clear_asked', 'stopped', 'what_for', 'what_next', 'unsure',
                         'noted')
          ORDER BY id DESC LIMIT 1) AS told
    WHERE kind = 'unsubscribe_asked' AND created_at > said_at - interval '10 minutes'
    UNION ALL
    SELECT 'budget', asked_at, coalesce(retry_request_id, request_id), build_id, project_id, NULL,
           title, '{}', NULL, NULL
    FROM build JOIN project USING (project_id) CROSS JOIN LATERAL (
        SELECT greatest(ended_at, max(attempted_at)) AS asked_at FROM outbox
        WHERE dedupe_key = coalesce(retry_request_id, build.request_id) || ':budget') AS asking
    WHERE build.user_id = %(user_id)s AND status = 'stopped' AND failure = %(awaits)s
      AND (asked_at > said_at - interval '1 day' OR is_told_of(build, %(sid)s))
      AND NOT is_outdated(build) AND NOT is_left_behind(build)
    UNION ALL
    SELECT 'crew', asked_at, coalesce(retry_request_id, request_id), build_id, project_id,
           question_id, question, options, NULL, NULL
    FROM question JOIN build USING (build_id)
    WHERE question.user_id = %(user_id)s AND answer IS NULL AND asked_at IS NOT NULL
      AND waits_until IS NOT NULL
      -- What was not out yet, they did not read.
      AND NOT EXISTS (SELECT FROM outbox
                      WHERE dedupe_key = coalesce(retry_request_id, build.request_id)
                                         || ':question:' || question_id
                        AND (state IN ('queued', 'waiting_for_window')
                             OR attempted_at > said_at))) AS asked
WHERE asked_at < said_at
ORDER BY asked_at DESC;

-- name: list_fields
-- What Twilio sent with the other messages of a request, in order.
SELECT fields_encrypted FROM inbound_message
WHERE request_id = %(request_id)s AND message_sid <> %(sid)s AND fields_encrypted <> ''::bytea
ORDER BY received_at, message_sid;

-- name: find_quoted
-- The message with Twilio's id that a user wrote or got, and the app that it is about: that of its
-- request, else the only one whose link or name it shows. In it a name may stand between marks of
-- direction, which are no part of the name.
WITH message AS (
    SELECT body, kind, request_id, choices, created_at,
           ARRAY(SELECT dedupe_key FROM outbox
                 WHERE outbox.id = message.id OR carried_by = message.id) AS dedupe_keys
    FROM message_with(%(user_id)s, %(sid)s) AS message
    UNION ALL
    SELECT body, 'said', request_id, NULL, NULL, '{}'
    FROM inbound_message WHERE user_id = %(user_id)s AND message_sid = %(sid)s
    LIMIT 1
)
SELECT message.body, message.kind, message.request_id, message.dedupe_keys, message.choices,
       coalesce(request.project_id, shown.project_id) AS project_id,
       coalesce(request.retried_build_id, build.build_id) AS build_id
FROM message JOIN request USING (request_id)
LEFT JOIN build ON build.request_id = request.request_id
LEFT JOIN LATERAL (
    -- Of two apps of one name it is the one whose data it asked about, in the same moment.
    SELECT coalesce((array_agg(project_id) FILTER (WHERE clear_asked_at = message.created_at))[1],
                    CASE WHEN count(*) = 1 THEN (array_agg(project_id))[1] END) AS project_id
    FROM project
    WHERE project.user_id = %(user_id)s AND message.kind <> 'said'
      AND (position(site_token IN message.body) > 0
           OR position(short_name(site_token) IN message.body) > 0
           OR position('*' || title || '*'
                       IN translate(message.body, U&'\2066\2067\2068\2069\200E\200F', '')) > 0)
) AS shown ON true;

-- name: last_told
-- What kind of message a user heard last, if that was within ten minutes before they wrote this one
-- (words for what came without any are awaited for a day, as by `words_awaited_since`), or since: what
-- they had not read yet may tell that nothing runs, but asked for none of these words.
SELECT kind
FROM request AS this CROSS JOIN LATERAL (
    SELECT kind, created_at FROM outbox
    WHERE outbox.user_id = %(user_id)s AND kind NOT IN ('heard', 'unread')
      AND (kind NOT IN ('what_for', 'what_next', 'unsure') OR created_at < accepted_at)
      -- It answers what they wrote last before.
      AND (kind <> 'what_next' OR NOT EXISTS (
          SELECT FROM request AS its JOIN request AS since USING (user_id)
          WHERE its.request_id = outbox.request_id
            AND since.accepted_at > its.accepted_at AND since.accepted_at < this.accepted_at))
    ORDER BY id DESC LIMIT 1) AS told
WHERE this.request_id = %(request_id)s
  AND created_at > accepted_at - CASE kind WHEN 'what_for' THEN interval '1 day'
                                           ELSE interval '10 minutes' END;
