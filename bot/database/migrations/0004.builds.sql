-- A build: the work on one request, fenced by its owner, with the phase it has reached.

CREATE TABLE build (
    build_id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    request_id       uuid NOT NULL UNIQUE REFERENCES request ON DELETE CASCADE,
    project_id       uuid NOT NULL REFERENCES project ON DELETE CASCADE,
    user_id          text NOT NULL REFERENCES contact ON DELETE CASCADE,
    wish             text NOT NULL,              -- the person's own words
    workflow         text,
    plan             jsonb,
    phase            text NOT NULL DEFAULT 'planning',
    phase_started_at timestamptz NOT NULL DEFAULT now(),
    status           text NOT NULL DEFAULT 'queued'
                     CHECK (status IN ('queued', 'running', 'completed', 'failed', 'stopped')),
    owner            uuid,                       -- the run that may write; changes when taken over
    attempts         int NOT NULL DEFAULT 0,
    failure          text,                       -- error class, for operators
    created_at       timestamptz NOT NULL DEFAULT now(),
    ended_at         timestamptz
);
CREATE INDEX build_by_user ON build (user_id, created_at DESC);
CREATE INDEX build_unfinished ON build (created_at) WHERE status IN ('queued', 'running');
