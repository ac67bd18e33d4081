-- What the visitors of an app have entered. Collections and their schemas are a file of the app,
-- so they change with its version; the documents belong to the project and outlive versions.

CREATE TABLE document (
    project_id  uuid NOT NULL REFERENCES project ON DELETE CASCADE,
    collection  text NOT NULL,
    document_id text NOT NULL,                   -- 32 hex characters, rising with time
    data        jsonb NOT NULL,
    size        int NOT NULL,                    -- bytes, as it was sent
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, collection, document_id)
);
