-- name: was_just_told
-- Whether the last thing that a user heard, within a minute, was a message of that kind.
SELECT kind = %(kind)s FROM outbox
WHERE user_id = %(user_id)s AND created_at > now() - interval '1 minute'
ORDER BY id DESC LIMIT 1;

-- name: was_warned
-- Whether the last thing that went out to a user, within ten minutes before a request, was that
-- nothing runs. What waits while nothing is sent has warned nobody.
SELECT kind = 'nothing_to_stop'
       AND told_at > accepted_at - interval '10 minutes' AND told_at < accepted_at
FROM (SELECT kind, coalesce(attempted_at, sent_at) AS told_at FROM outbox
      WHERE user_id = %(user_id)s AND kind NOT IN ('heard', 'unread')
        AND state IN ('sending', 'uncertain', 'sent', 'delivered', 'read')
      ORDER BY id DESC LIMIT 1) AS told
JOIN request AS this ON this.request_id = %(request_id)s;
