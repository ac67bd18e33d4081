-- What a browser saw of an app, and the rounds of review that its files went through.

-- One row a look: the same files are not tried in the same way twice.
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

-- A round begins when the engineer hands the files in and is over when it is judged.
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
    faults   text[],                             -- for the person
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
