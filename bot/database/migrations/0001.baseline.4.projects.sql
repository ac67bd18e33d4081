-- A user's projects: the files being worked on, the versions that were published, what users
-- sent for them, and what the visitors of an app have entered.

CREATE TABLE project (
    project_id      uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id         text NOT NULL REFERENCES contact ON DELETE CASCADE,
    -- Its number among the user's: given once, so that what an earlier message says of a number
    -- stays true. The first one is the oldest.
    shelf_number    int NOT NULL,
    title           text NOT NULL,
    site_token      text NOT NULL UNIQUE,        -- unguessable, stays the same
    current_version int,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    swept_at        timestamptz,                 -- when its unused files were removed
    clear_asked_at  timestamptz,                 -- the owner may confirm for a while
    CONSTRAINT project_numbered_once UNIQUE (user_id, shelf_number)
);
CREATE INDEX project_by_user ON project (user_id, updated_at DESC);
-- One that was worked on since is looked at again.
CREATE INDEX project_to_sweep ON project (updated_at)
    WHERE swept_at IS NULL OR swept_at < updated_at;

-- Which project a user means.
ALTER TABLE contact ADD COLUMN current_project_id uuid REFERENCES project ON DELETE SET NULL;

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
    based_on      int,                           -- the version shown before it was made
    is_draft      boolean NOT NULL DEFAULT false,  -- kept when its build was stopped; not shown
    published_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, number)
);
CREATE INDEX version_draft_by_time ON version (published_at) WHERE is_draft;

-- Refers to the project itself too: deleting a project must reach this table before the reference
-- to blob is checked, and by way of version it would come too late.
CREATE TABLE version_file (
    project_id uuid NOT NULL REFERENCES project ON DELETE CASCADE,
    number     int NOT NULL,
    path       text NOT NULL,
    sha256     bytea NOT NULL,
    size       int NOT NULL,                     -- as in the workspace, which can be set back to it
    lines      int NOT NULL,
    PRIMARY KEY (project_id, number, path),
    FOREIGN KEY (project_id, number) REFERENCES version ON DELETE CASCADE,
    FOREIGN KEY (project_id, sha256) REFERENCES blob
);
CREATE INDEX version_file_by_content ON version_file (project_id, sha256);

-- What users send beside words. A file waits here until it belongs to a project.
CREATE TABLE attachment (
    message_sid  text NOT NULL REFERENCES inbound_message ON DELETE CASCADE,
    number       int NOT NULL,                   -- its place in the message, from 0
    user_id      text NOT NULL REFERENCES contact ON DELETE CASCADE,
    path         text NOT NULL,                  -- what it is called in a project
    content_type text NOT NULL,
    content      bytea NOT NULL,
    sha256       bytea NOT NULL,
    project_id   uuid REFERENCES project ON DELETE CASCADE,  -- NULL until a request takes it along
    request_id   uuid,                           -- the request that took it along
    received_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (message_sid, number)
);
CREATE INDEX attachment_waiting ON attachment (user_id, received_at) WHERE project_id IS NULL;
CREATE INDEX attachment_by_request ON attachment (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX attachment_by_project ON attachment (project_id, sha256);

-- What the visitors of an app have entered. Collections and their schemas are a file of the app, so
-- they change with its version; the documents belong to the project and outlive versions.
--
-- Who wrote a document may change and delete it, and the app's owner, unless its collection lets
-- all do so. A browser shows that it was it by a key that it keeps; here is the key's hash.
CREATE TABLE document (
    project_id  uuid NOT NULL REFERENCES project ON DELETE CASCADE,
    collection  text NOT NULL,
    document_id text NOT NULL,                   -- 32 hex characters, rising with time
    data        jsonb NOT NULL,
    size        int NOT NULL,                    -- bytes, as it was sent
    author_key  bytea,                           -- NULL: it has no author; all may
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, collection, document_id)
);

-- What visitors left can be cleared by the app's owner, who may bring it back for a while.
CREATE TABLE cleared_document (
    project_id  uuid NOT NULL REFERENCES project ON DELETE CASCADE,
    collection  text NOT NULL,
    document_id text NOT NULL,
    data        jsonb NOT NULL,
    size        int NOT NULL,
    author_key  bytea,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    cleared_at  timestamptz NOT NULL DEFAULT now(),  -- the same for all that one clearing removed
    PRIMARY KEY (project_id, collection, document_id)
);
CREATE INDEX cleared_document_by_time ON cleared_document (cleared_at);
