-- The language that its user was spoken to in when a build began; of older ones it is not known. Who
-- makes an app together goes by it, whatever its user has changed to since.
ALTER TABLE build ADD COLUMN first_language text;
