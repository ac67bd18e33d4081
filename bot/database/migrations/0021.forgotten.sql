-- What outlives "forget me", and for how long.

-- What was spent today by who was forgotten counts for who comes back today. A row is noted for each
-- thing that they could be known by: address_key is that of an address, or known_as.external_id.
ALTER TABLE forgotten_user
    ADD COLUMN spent_in text REFERENCES budget_account ON DELETE SET NULL;
                                                 -- an account that is nobody's; NULL: nothing was
CREATE INDEX forgotten_user_by_account ON forgotten_user (spent_in) WHERE spent_in IS NOT NULL;

-- Who is just being forgotten has no address any more: whoever writes is somebody new. Who has
-- written already goes on as they are.
UPDATE contact SET forgotten_request_id = NULL
WHERE forgotten_request_id IS NOT NULL
  AND EXISTS (SELECT FROM request
              WHERE request.user_id = contact.user_id AND request_id <> forgotten_request_id);
DELETE FROM user_address USING contact
WHERE contact.user_id = user_address.user_id AND forgotten_request_id IS NOT NULL;
DELETE FROM known_as USING contact
WHERE contact.user_id = known_as.user_id AND forgotten_request_id IS NOT NULL;

-- Copies of apps at other services, as long as the app is here. What is left of them after that is
-- the link alone, in the audit.
CREATE TABLE deployment (
    project_id   uuid NOT NULL REFERENCES project ON DELETE CASCADE,
    url          text NOT NULL,                  -- it has answered
    service      text NOT NULL,                  -- as its user knows it
    request_id   uuid NOT NULL,                  -- whose build has reported it last
    confirmed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, url)
);
INSERT INTO deployment (project_id, url, service, request_id, confirmed_at)
SELECT DISTINCT ON (build.project_id, told.url)
       build.project_id, told.url, told.service, build.request_id, began_at
FROM outside_call
JOIN agent USING (agent_id)
JOIN build ON build.request_id = agent.request_id
CROSS JOIN LATERAL jsonb_to_record(outside_call.result::jsonb) AS told (service text, url text)
WHERE server = 'textcrew' AND tool = 'report_deployment' AND outside_call.status = 'ok'
ORDER BY build.project_id, told.url, began_at DESC;
