-- What visitors left can be cleared by the app's owner, who may bring it back for a while.

ALTER TABLE project ADD COLUMN clear_asked_at timestamptz;  -- the owner may confirm for a while

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
