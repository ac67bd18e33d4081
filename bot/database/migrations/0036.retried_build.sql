-- The build that goes on, or went on once, in the name of a request: what was told in that name is
-- about that build, also when it has been tried again since.
ALTER TABLE request ADD COLUMN retried_build_id uuid;
UPDATE request SET retried_build_id = build.build_id
FROM build WHERE build.retry_request_id = request.request_id;
CREATE INDEX request_by_retried_build ON request (retried_build_id)
    WHERE retried_build_id IS NOT NULL;
