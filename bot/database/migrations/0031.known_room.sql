-- Whether an app's owner was told that there is little or no room, and it has been so since. Who was
-- told today already is told later, if it is still so.
ALTER TABLE project ADD COLUMN is_known_nearly_full boolean NOT NULL DEFAULT false;
ALTER TABLE project ADD COLUMN is_known_full boolean NOT NULL DEFAULT false;
