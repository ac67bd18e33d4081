-- Deletes everything of a user but the contact, which nobody is found by any more, and the request
-- in which they confirmed it: the goodbye needs both. Who writes from now on is somebody new.
CREATE OR REPLACE FUNCTION forget_user(_user_id text, _request_id uuid)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- What is being taken in this moment is waited for, so that it goes too.
    PERFORM FROM contact WHERE user_id = _user_id FOR NO KEY UPDATE;
    PERFORM note_forgotten(_user_id, forget_budgets(_user_id));
    PERFORM leave_copies(_user_id);
    PERFORM forget_jobs(ARRAY(SELECT kind || project_id
                              FROM project, unnest(ARRAY['project:', 'room:']) AS kind
                              WHERE user_id = _user_id));
    DELETE FROM project WHERE user_id = _user_id;
    DELETE FROM request WHERE user_id = _user_id AND request_id <> _request_id;
    DELETE FROM calls_of_day WHERE user_id = _user_id;
    DELETE FROM media WHERE user_id = _user_id;
    DELETE FROM attachment WHERE user_id = _user_id;
    DELETE FROM remembered WHERE user_id = _user_id;
    DELETE FROM doubt WHERE user_id = _user_id;
    DELETE FROM stop_order WHERE user_id = _user_id;
    DELETE FROM user_address WHERE user_id = _user_id;
    DELETE FROM known_as WHERE user_id = _user_id;
    UPDATE contact
    SET forget_asked_at = NULL, forgotten_request_id = _request_id,
        conversation_id = gen_random_uuid(), current_project_id = NULL,
        language = NULL, language_is_requested = false, language_is_sure = false,
        language_heard = NULL
    WHERE user_id = _user_id;
END $$;
