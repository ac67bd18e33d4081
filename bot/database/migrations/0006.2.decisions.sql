-- What was decided when an app was made, for whoever changes it later. It outlives the conversation
-- in which it was noted, and goes with the project.
CREATE TABLE decision (
    decision_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id  uuid NOT NULL REFERENCES project ON DELETE CASCADE,
    request_id  uuid NOT NULL,                   -- of the build in which it was noted
    decision    text NOT NULL,
    reason      text NOT NULL,
    noted_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (project_id, request_id, decision)
);

-- Those that were noted before there was this table, as far as their conversations are there.
DO $$
DECLARE
    noting record;
BEGIN
    FOR noting IN
        SELECT build.project_id, build.request_id, turn.answer, turn.answered_at
        FROM turn JOIN agent USING (agent_id) JOIN build USING (request_id)
        WHERE turn.results IS NOT NULL AND strpos(turn.answer, 'note_decision') > 0
        ORDER BY turn.answered_at
    LOOP
        BEGIN
            INSERT INTO decision (project_id, request_id, decision, reason, noted_at)
            SELECT noting.project_id, noting.request_id, left(block -> 'input' ->> 'decision', 400),
                   left(block -> 'input' ->> 'reason', 400), noting.answered_at
            FROM jsonb_array_elements(noting.answer::jsonb) AS block
            WHERE block ->> 'name' = 'note_decision' AND block -> 'input' ? 'decision'
              AND block -> 'input' ? 'reason'
            ON CONFLICT (project_id, request_id, decision) DO NOTHING;
        EXCEPTION
            WHEN data_exception THEN NULL;  -- it holds characters that jsonb does not
        END;
    END LOOP;
END
$$;
