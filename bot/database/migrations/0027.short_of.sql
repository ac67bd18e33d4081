-- Which budget a build rests for, whose user is asked whether it shall go on or was told that it
-- cannot: only one that lacks its user's day goes on when that is raised. Of those that rest
-- already nobody knows which; they go on by their users' answers, or `textcrew retry`.
ALTER TABLE build ADD COLUMN short_of text
    CHECK (short_of IN ('request', 'user_day', 'total_day'));
