-- name: close_at_once
-- The request in whose name a user is erased has nothing more to do or to say.
UPDATE request SET request_type = 'command', status = 'completed', work_ended_at = now(),
                   closed_at = now()
WHERE request_id = %(request_id)s;

-- name: lock_user
-- Whether the user is known; they are neither joined with another one nor forgotten meanwhile.
SELECT user_id FROM contact WHERE user_id = %(user_id)s FOR NO KEY UPDATE;

-- name: list_put_down
-- Builds that ended today (UTC) because their user's day had no budget left, which a raise changes;
-- of an app the last one, for which its user was told to be gone on with. What they have said stop
-- to since they asked for it does not go on by itself, nor anything of whom no message reaches.
SELECT build_id FROM build
JOIN request ON request.request_id = coalesce(retry_request_id, build.request_id)
WHERE build.user_id = %(user_id)s AND short_of = 'user_day'
  AND ended_at >= date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
  AND NOT EXISTS (SELECT FROM build AS later
                  WHERE later.project_id = build.project_id
                    AND later.created_at > build.created_at
                    AND later.short_of IS NOT NULL)
  AND NOT EXISTS (SELECT FROM stop_order
                  WHERE stop_order.user_id = build.user_id AND said_at >= accepted_at)
  AND NOT EXISTS (SELECT FROM contact
                  WHERE contact.user_id = build.user_id AND suppressed_at IS NOT NULL)
ORDER BY build.created_at;
