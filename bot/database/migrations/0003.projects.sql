-- A person's projects: the files being worked on, and the versions that were published.

CREATE TABLE project (
    project_id      uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id         text NOT NULL REFERENCES contact ON DELETE CASCADE,
    title           text NOT NULL,
    site_token      text NOT NULL UNIQUE,        -- unguessable, stays the same
    current_version int,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX project_by_user ON project (user_id, updated_at DESC);

-- Contents by their hash. Kept per project, so that no project can tell what another one holds.
CREATE TABLE blob (
    project_id uuid NOT NULL REFERENCES project ON DELETE CASCADE,
    sha256     bytea NOT NULL,
    content    bytea NOT NULL,
    PRIMARY KEY (project_id, sha256)
);

CREATE TABLE workspace_file (
    project_id uuid NOT NULL REFERENCES project ON DELETE CASCADE,
    path       text NOT NULL,
    sha256     bytea NOT NULL,
    size       int NOT NULL,                     -- bytes
    lines      int NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, path),
    FOREIGN KEY (project_id, sha256) REFERENCES blob
);

CREATE TABLE version (
    project_id    uuid NOT NULL REFERENCES project ON DELETE CASCADE,
    number        int NOT NULL,
    request_id    uuid NOT NULL,
    version_token text NOT NULL UNIQUE,          -- the version's own unguessable link
    manifest      bytea NOT NULL,                -- sha256 over the sorted paths and hashes
    published_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, number)
);

-- Refers to the project itself too: deleting a project must reach this table before the reference
-- to blob is checked, and by way of version it would come too late.
CREATE TABLE version_file (
    project_id uuid NOT NULL REFERENCES project ON DELETE CASCADE,
    number     int NOT NULL,
    path       text NOT NULL,
    sha256     bytea NOT NULL,
    PRIMARY KEY (project_id, number, path),
    FOREIGN KEY (project_id, number) REFERENCES version ON DELETE CASCADE,
    FOREIGN KEY (project_id, sha256) REFERENCES blob
);
