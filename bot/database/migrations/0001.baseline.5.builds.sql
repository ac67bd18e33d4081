-- Builds: the work on a request, what is asked and changed meanwhile, and how its result was judged.

-- The work on one request, fenced by its owner, with the phase it has reached.
CREATE TABLE build (
    build_id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    request_id       uuid NOT NULL UNIQUE REFERENCES request ON DELETE CASCADE,
    project_id       uuid NOT NULL REFERENCES project ON DELETE CASCADE,
    user_id          text NOT NULL REFERENCES contact ON DELETE CASCADE,
    request_text             text NOT NULL,              -- the user's own words
    -- Past requests are found by their words, in whatever language they are.
    words            tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', request_text)) STORED,
    workflow         text,
    plan             jsonb,
    phase            text NOT NULL DEFAULT 'planning',
    phase_started_at timestamptz NOT NULL DEFAULT now(),
    status           text NOT NULL DEFAULT 'queued'
                     CHECK (status IN ('queued', 'running', 'completed', 'failed', 'stopped')),
    owner            uuid,                       -- the run that may write; changes when taken over
    attempts         int NOT NULL DEFAULT 0,
    failure          text,                       -- error class, for operators
    -- "Try again": one that failed or was stopped goes on, in the name of a later request.
    retry_request_id uuid REFERENCES request ON DELETE SET NULL,
    takes_changes    boolean NOT NULL DEFAULT true,  -- until the agent that owns the code has ended
    -- The user was asked whether it shall go on, when a budget of theirs was nearly used up: once
    -- in a build. Of the total they are not asked: it is not theirs.
    budget_asked     boolean NOT NULL DEFAULT false,
    -- One that waits for an answer has no job and no owner; a job is scheduled for this moment.
    waits_until      timestamptz,
    taken_at         timestamptz NOT NULL DEFAULT now(),
    -- When it was last seen to have had no sign of life for too long, and was taken up again.
    stalled_at       timestamptz,
    created_at       timestamptz NOT NULL DEFAULT now(),
    ended_at         timestamptz
);
CREATE INDEX build_by_user ON build (user_id, created_at DESC);
CREATE INDEX build_by_project ON build (project_id, created_at DESC);
CREATE INDEX build_by_words ON build USING gin (words);
CREATE INDEX build_unfinished ON build (created_at) WHERE status IN ('queued', 'running');
CREATE INDEX build_by_retry ON build (retry_request_id)
    WHERE retry_request_id IS NOT NULL;          -- deletion looks a row's builds up

-- What was last told of a build between its milestones.
CREATE TABLE progress_told (
    build_id uuid PRIMARY KEY REFERENCES build ON DELETE CASCADE,
    news     text NOT NULL,
    told_at  timestamptz NOT NULL
);

-- What a user wants different in an app while it is built, in order. The agent that owns the code
-- reads it between two turns; from then on it is applied.
CREATE TABLE change_request (
    change_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    build_id         uuid NOT NULL REFERENCES build ON DELETE CASCADE,
    request_id       uuid NOT NULL UNIQUE REFERENCES request ON DELETE CASCADE,  -- of the message
    body             text NOT NULL,
    added_at         timestamptz NOT NULL DEFAULT now(),
    applied_agent_id text,
    applied_turn     int,                        -- the turn with whose results it was read
    applied_at       timestamptz
);
CREATE INDEX change_request_by_build ON change_request (build_id, change_id);

-- Questions of an agent to the user: asked one after the other, answered, or taken as a default.
CREATE TABLE question (
    question_id    uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    build_id       uuid NOT NULL REFERENCES build ON DELETE CASCADE,
    user_id        text NOT NULL REFERENCES contact ON DELETE CASCADE,
    tool_use_id    text NOT NULL,                -- the call with which the agent asked
    position       int NOT NULL,                 -- in that call, from 1
    question       text NOT NULL,
    options        text[] NOT NULL,
    default_answer text NOT NULL,
    asked_at       timestamptz,                  -- NULL until it is its turn
    answer         text,
    is_default     boolean NOT NULL DEFAULT false,  -- nobody answered in time
    answered_at    timestamptz,
    UNIQUE (build_id, tool_use_id, position)
);
CREATE INDEX question_open ON question (user_id) WHERE answer IS NULL;

-- What a browser saw of an app: one row a look. The same files are not tried in the same way twice.
CREATE TABLE trial (
    build_id   uuid NOT NULL REFERENCES build ON DELETE CASCADE,
    manifest   bytea NOT NULL,                   -- of the files that were tried
    list_hash  bytea NOT NULL,                   -- sha256 of the acceptance list
    acceptance text NOT NULL,                    -- the list, JSON; null: it was only looked at
    report     text NOT NULL,                    -- JSON, without its pictures
    picture    bytea,                            -- PNG: the page on a phone
    failure    bytea,                            -- PNG: where the first criterion failed
    tried_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (build_id, manifest, list_hash)
);

-- A round of review begins when the engineer hands the files in and is over when it is judged.
CREATE TABLE review_round (
    build_id uuid NOT NULL REFERENCES build ON DELETE CASCADE,
    number   int NOT NULL,                       -- from 1
    manifest bytea NOT NULL,                     -- of the files that were handed in
    verdict  text,                               -- QA's, JSON; null: there was none to be had
    review   text,                               -- the code reviewer's, likewise
    outcome  text CHECK (outcome IN ('passed', 'untried', 'faulty')),  -- NULL until judged
    works    boolean,                            -- in the browser; NULL: not tried
    blocking int,                                -- findings that keep it from being ready
    score    int,                                -- 0 to 10; NULL: nobody gave one
    faults   text[],                             -- for the user
    evidence text,                               -- for the engineer
    began_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (build_id, number)
);

-- The files of a round, so that the best one can be had again. Refers to the project for the same
-- reason as version_file.
CREATE TABLE review_file (
    build_id   uuid NOT NULL,
    number     int NOT NULL,
    project_id uuid NOT NULL REFERENCES project ON DELETE CASCADE,
    path       text NOT NULL,
    sha256     bytea NOT NULL,
    size       int NOT NULL,                     -- bytes
    lines      int NOT NULL,
    PRIMARY KEY (build_id, number, path),
    FOREIGN KEY (build_id, number) REFERENCES review_round ON DELETE CASCADE,
    FOREIGN KEY (project_id, sha256) REFERENCES blob
);
CREATE INDEX review_file_by_content ON review_file (project_id, sha256);
