-- name: close_at_once
-- The request in whose name a user is erased has nothing more to do or to say.
UPDATE request SET request_type = 'command', status = 'completed', work_ended_at = now(),
                   closed_at = now()
WHERE request_id = %(request_id)s;

-- name: lock_user
-- Whether the user is known; they are neither joined with another one nor forgotten meanwhile.
SELECT user_id FROM contact WHERE user_id = %(user_id)s FOR NO KEY UPDATE;

-- name: list_put_down
-- Builds that ended today (UTC) because their user's day had no budget left, which a raise changes,
-- and whether they were asked about it and have not answered. Of an app only what was asked for last
-- goes on, unless that is done; nothing by itself that they have said stop to since they asked for
-- it, nor anything of whom no message reaches.
SELECT build_id, failure IS NOT DISTINCT FROM %(awaits)s AS awaits_answer FROM build
JOIN request ON request.request_id = coalesce(retry_request_id, build.request_id)
WHERE build.user_id = %(user_id)s AND short_of = 'user_day'
  AND ended_at >= date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
  AND NOT EXISTS (SELECT FROM build AS later
                  JOIN request AS asking
                    ON asking.request_id = coalesce(later.retry_request_id, later.request_id)
                  WHERE later.project_id = build.project_id AND later.status <> 'completed'
                    AND (asking.accepted_at, later.created_at)
                        > (request.accepted_at, build.created_at))
  AND NOT EXISTS (SELECT FROM stop_order
                  WHERE stop_order.user_id = build.user_id AND said_at >= accepted_at)
  AND NOT EXISTS (SELECT FROM contact
                  WHERE contact.user_id = build.user_id AND suppressed_at IS NOT NULL)
ORDER BY build.created_at;

-- name: ask_anew
-- What its user was asked about their day they have not answered: they are asked once more.
UPDATE build SET budget_asked = false WHERE build_id = %(build_id)s;
