-- What people send beside words. A file waits here until it belongs to a project.

ALTER TABLE inbound_message
    ADD COLUMN is_taken_in boolean NOT NULL DEFAULT false;  -- the body says what came with it

CREATE TABLE attachment (
    message_sid  text NOT NULL REFERENCES inbound_message ON DELETE CASCADE,
    number       int NOT NULL,                   -- its place in the message, from 0
    user_id      text NOT NULL REFERENCES contact ON DELETE CASCADE,
    path         text NOT NULL,                  -- what it is called in a project
    content_type text NOT NULL,
    content      bytea NOT NULL,
    sha256       bytea NOT NULL,
    project_id   uuid REFERENCES project ON DELETE CASCADE,  -- NULL until a wish takes it along
    request_id   uuid,                           -- the request that took it along
    received_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (message_sid, number)
);
CREATE INDEX attachment_waiting ON attachment (user_id, received_at) WHERE project_id IS NULL;
CREATE INDEX attachment_by_request ON attachment (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX attachment_by_project ON attachment (project_id, sha256);
