-- Calls of long ago are kept as sums of a day; files that nothing uses any more are found.

-- What calls that were removed have used and cost. Not unique: sums of a person who is joined with
-- another one stand beside theirs.
CREATE TABLE calls_of_day (
    day                   date NOT NULL,                 -- UTC
    user_id               text NOT NULL REFERENCES contact ON DELETE CASCADE,
    project_id            uuid REFERENCES project ON DELETE SET NULL,
    model                 text NOT NULL,
    calls                 bigint NOT NULL,
    input_tokens          bigint NOT NULL,
    output_tokens         bigint NOT NULL,
    cache_creation_tokens bigint NOT NULL,
    cache_read_tokens     bigint NOT NULL,
    known_cost_usd        numeric,                       -- NULL: no price is known
    unpriced_calls        bigint NOT NULL
);
CREATE INDEX calls_of_day_by_user ON calls_of_day (user_id, day);
CREATE INDEX calls_of_day_by_project ON calls_of_day (project_id);

-- When a project's unused files were removed; one that was worked on since is looked at again.
ALTER TABLE project ADD COLUMN swept_at timestamptz;
CREATE INDEX project_to_sweep ON project (updated_at)
    WHERE swept_at IS NULL OR swept_at < updated_at;
CREATE INDEX version_file_by_content ON version_file (project_id, sha256);
CREATE INDEX version_draft_by_time ON version (published_at) WHERE is_draft;
