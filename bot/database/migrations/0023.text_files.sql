-- What a text file says is kept beside its message, as what a paper says is. So far its beginning
-- stood in the message, below the line that names it, and in all that was made of that.
UPDATE attachment SET says = convert_from(content, 'UTF8')
WHERE says IS NULL AND path LIKE 'files/%';

DO $$
DECLARE
    file record;
BEGIN
    FOR file IN
        SELECT user_id, line, line || E'\n' || left(says, 4000) AS told
        FROM attachment CROSS JOIN LATERAL (SELECT '[file: ' || path || ']') AS named (line)
        WHERE path LIKE 'files/%'
    LOOP
        UPDATE inbound_message SET body = replace(body, file.told, file.line)
        WHERE user_id = file.user_id AND strpos(body, file.told) > 0;
        UPDATE doubt SET body = replace(body, file.told, file.line)
        WHERE user_id = file.user_id AND strpos(body, file.told) > 0;
        UPDATE build SET request_text = replace(request_text, file.told, file.line)
        WHERE user_id = file.user_id AND strpos(request_text, file.told) > 0;
        UPDATE change_request SET body = replace(body, file.told, file.line)
        FROM build
        WHERE build.build_id = change_request.build_id AND build.user_id = file.user_id
          AND strpos(body, file.told) > 0;
        UPDATE requirement SET words = replace(words, file.told, file.line)
        FROM project
        WHERE project.project_id = requirement.project_id AND project.user_id = file.user_id
          AND strpos(words, file.told) > 0;
        UPDATE question SET answer = replace(answer, file.told, file.line)
        WHERE user_id = file.user_id AND strpos(answer, file.told) > 0;
    END LOOP;
END
$$;
