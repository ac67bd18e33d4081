-- name: open_round
-- The next round, with the files as they were handed in.
WITH opened AS (
    INSERT INTO review_round (build_id, number, manifest)
    SELECT %(build_id)s, coalesce(max(number), 0) + 1, %(manifest)s
    FROM review_round WHERE build_id = %(build_id)s
    RETURNING build_id, number
), kept AS (
    INSERT INTO review_file (build_id, number, project_id, path, sha256, size, lines)
    SELECT opened.build_id, opened.number, file.project_id, file.path, file.sha256, file.size,
           file.lines
    FROM opened, workspace_file AS file
    WHERE file.project_id = %(project_id)s
)
SELECT number FROM opened;

-- name: list_rounds
-- All rounds of a build in their order, and after which of them its engineer has read of a change.
SELECT number, began_at, manifest, verdict, review, outcome, works, blocking, score, faults, evidence,
       looks, wants_polish,
       EXISTS (SELECT FROM change_request
               WHERE change_request.build_id = review_round.build_id
                 AND applied_at > began_at) AS is_outdated,
       EXISTS (SELECT FROM review_file
               WHERE review_file.build_id = review_round.build_id
                 AND review_file.number = review_round.number AND path = 'index.html') AS has_page
FROM review_round
WHERE build_id = %(build_id)s
ORDER BY number;

-- name: note_verdict
-- What QA says of a round.
UPDATE review_round SET verdict = %(opinion)s
WHERE build_id = %(build_id)s AND number = %(number)s;

-- name: note_review
-- What the code reviewer says of a round.
UPDATE review_round SET review = %(opinion)s
WHERE build_id = %(build_id)s AND number = %(number)s;

-- name: judge_round
-- What follows from all that was seen and said.
UPDATE review_round
SET outcome = %(outcome)s, works = %(works)s, blocking = %(blocking)s, score = %(score)s,
    faults = %(faults)s, evidence = %(evidence)s, looks = %(looks)s,
    wants_polish = %(wants_polish)s
WHERE build_id = %(build_id)s AND number = %(number)s;

-- name: contents_of_round
-- The bytes of the files of some types that a round of review has.
SELECT path, content
FROM review_file JOIN blob USING (project_id, sha256)
WHERE build_id = %(build_id)s AND number = %(number)s
  AND substring(path FROM '[^.]*$') = ANY(%(types)s)
ORDER BY path COLLATE "C";

-- name: drop_other_files
-- Files that a round of review does not have.
DELETE FROM workspace_file
WHERE project_id = %(project_id)s
  AND path NOT IN (SELECT path FROM review_file
                   WHERE build_id = %(build_id)s AND number = %(number)s);

-- name: restore_files
-- The files as that round has them.
INSERT INTO workspace_file (project_id, path, sha256, size, lines)
SELECT project_id, path, sha256, size, lines FROM review_file
WHERE build_id = %(build_id)s AND number = %(number)s
ON CONFLICT (project_id, path) DO UPDATE
    SET sha256 = excluded.sha256, size = excluded.size, lines = excluded.lines, updated_at = now()
    WHERE workspace_file.sha256 <> excluded.sha256;

-- name: drop_round
-- A round that is taken back.
DELETE FROM review_round WHERE build_id = %(build_id)s AND number = %(number)s;

-- name: forget_files
-- The rounds' copies, once the version is published.
DELETE FROM review_file WHERE build_id = %(build_id)s;
