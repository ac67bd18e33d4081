-- What a job notes in the name of an id that was joined meanwhile is the user's all the same.
CREATE OR REPLACE FUNCTION take_user_of_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.user_id := coalesce((SELECT user_id FROM request WHERE request_id = NEW.request_id),
                            NEW.user_id);
    RETURN NEW;
END $$;
