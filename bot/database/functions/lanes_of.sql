-- The locks of a user's jobs name them, whatever their kind (`bot.intake.lock_kinds`): with the user
-- they go as well.
CREATE OR REPLACE FUNCTION lanes_of(_user_id text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT ARRAY['user:' || _user_id, 'stop:' || _user_id, 'words:' || _user_id,
                 'album:' || _user_id, 'voice:' || _user_id, 'delivery:' || _user_id]
$$;
