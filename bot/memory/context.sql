-- name: said_lately
-- What was said lately, latest first, by either side; before a request that is still being read what
-- was said before it: a pause or an outage may have kept it unread until after its user had gone on.
-- What was told of an earlier message belongs to it, whenever that was. What is told at one moment,
-- as the parts of a long message are, stays in order.
WITH this AS (
    SELECT coalesce((SELECT accepted_at FROM request
                     WHERE request_id = %(request_id)s AND status = 'accepted'),
                    'infinity') AS accepted_at
)
(SELECT 'user' AS speaker, body AS line, received_at AS said_at, 0 AS place
 FROM inbound_message, this
 WHERE user_id = %(user_id)s AND request_id <> %(request_id)s AND received_at <= accepted_at
   AND body <> ''  -- its retention is over
 ORDER BY received_at DESC LIMIT %(limit)s)
UNION ALL
(SELECT 'service', body, created_at, id
 FROM this, outbox LEFT JOIN request AS about USING (request_id)
 WHERE outbox.user_id = %(user_id)s AND kind NOT IN ('progress', 'heard') AND body <> ''
   AND (created_at <= this.accepted_at OR about.accepted_at < this.accepted_at)
 ORDER BY id DESC LIMIT %(limit)s)
ORDER BY said_at DESC, place DESC LIMIT %(limit)s;

-- name: state_of_projects
-- The user's projects, the one they mean first, with what is going on and what was asked last.
SELECT project.shelf_number AS number, project.title, project.current_version AS version,
       latest.status, latest.phase, latest.request_text
FROM project
LEFT JOIN LATERAL (
    SELECT status, phase, request_text FROM build WHERE build.project_id = project.project_id
    ORDER BY build.created_at DESC LIMIT 1) AS latest ON true
WHERE project.project_id = ANY (%(project_ids)s)
ORDER BY array_position(%(project_ids)s, project.project_id);

-- name: known_of_user
-- Facts about the user: those that share words with the message first, then the newest.
WITH asked AS MATERIALIZED (SELECT any_word(%(message)s) AS words)
SELECT fact FROM remembered, asked
WHERE user_id = %(user_id)s
ORDER BY ts_rank(remembered.words, asked.words) DESC, said_at DESC
LIMIT %(limit)s;

-- name: past_requests
-- What they asked for long ago that shares words with the message.
WITH asked AS MATERIALIZED (SELECT any_word(%(message)s) AS words)
SELECT project.title, found.request_text
FROM (SELECT build.project_id, build.request_text, ts_rank(build.words, asked.words) AS likeness
      FROM build, asked
      WHERE build.user_id = %(user_id)s AND build.words @@ asked.words
        AND build.project_id <> ALL (%(project_ids)s)
        AND build.project_id IS DISTINCT FROM %(project_id)s
      ORDER BY likeness DESC LIMIT %(limit)s) AS found
JOIN project USING (project_id)
ORDER BY likeness DESC;
