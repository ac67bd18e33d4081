-- What an app looks like, for those who judge it, and how they judged it.

-- The pictures of a trial, until the conversations that show them go.
CREATE TABLE trial_view (
    build_id  uuid NOT NULL,
    manifest  bytea NOT NULL,
    list_hash bytea NOT NULL,
    screen    text NOT NULL CHECK (screen IN ('phone', 'phone_dark', 'desktop')),
    content   bytea NOT NULL,                    -- JPEG
    sha256    bytea NOT NULL,                    -- of the content: conversations name it by that
    taken_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (build_id, manifest, list_hash, screen),
    FOREIGN KEY (build_id, manifest, list_hash) REFERENCES trial ON DELETE CASCADE
);
CREATE INDEX trial_view_by_time ON trial_view (taken_at);

-- How QA judged the looks, 1 to 5 by criterion; NULL: nobody saw it. A round that works all the
-- same is handed back once in a build where a score is low.
ALTER TABLE review_round
    ADD COLUMN looks jsonb,
    ADD COLUMN wants_polish boolean NOT NULL DEFAULT false;
