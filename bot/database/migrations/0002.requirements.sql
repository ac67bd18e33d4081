-- What users have asked of an app, in their own words. One row is one requirement of a project.
--
-- What holds, and whether it is met, follows from the versions: `requirements_of` says so.
CREATE TABLE requirement (
    project_id  uuid NOT NULL REFERENCES project ON DELETE CASCADE,
    number      int NOT NULL,                    -- from 1, given once
    build_id    uuid NOT NULL REFERENCES build ON DELETE CASCADE,  -- that is to meet it
    request_id  uuid NOT NULL,                   -- that it came with
    source      text NOT NULL CHECK (source IN ('message', 'answer', 'default', 'picture', 'fact')),
    kind        text NOT NULL CHECK (kind IN ('does', 'keeps', 'shares', 'looks', 'limits')),
    asked       text,                            -- the crew's question, of an answer
    words       text NOT NULL,                   -- the user's own
    is_left_out boolean NOT NULL DEFAULT false,  -- it cannot be built, and the user was told
    replaces    int[] NOT NULL DEFAULT '{}',     -- numbers of earlier ones that it takes the place of
    met_in      int[] NOT NULL DEFAULT '{}',     -- versions that were sound with it
    added_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, number)
);
CREATE INDEX requirement_by_build ON requirement (build_id);
CREATE INDEX requirement_by_request ON requirement (request_id);

-- What was said before there was this table.
INSERT INTO requirement (project_id, number, build_id, request_id, source, kind, asked, words,
                         met_in, added_at)
SELECT said.project_id,
       row_number() OVER (PARTITION BY said.project_id ORDER BY said_at, place), said.build_id,
       said.request_id, source, 'does', asked, words,
       ARRAY(SELECT number FROM version
             WHERE version.request_id = made_for AND NOT is_draft
               AND EXISTS (SELECT FROM review_round
                           WHERE review_round.build_id = said.build_id AND outcome = 'passed')),
       said_at
FROM (SELECT project_id, build_id, request_id, request_id AS made_for, 'message' AS source,
             NULL AS asked, request_text AS words, created_at AS said_at, 0::bigint AS place
      FROM build
      UNION ALL
      SELECT project_id, build_id, change_request.request_id, build.request_id, 'message', NULL,
             body, added_at, change_id
      FROM change_request JOIN build USING (build_id)
      UNION ALL
      SELECT project_id, build_id, build.request_id, build.request_id,
             CASE WHEN is_default THEN 'default' ELSE 'answer' END, question, answer, answered_at,
             position
      FROM question JOIN build USING (build_id) WHERE answer IS NOT NULL) AS said;
