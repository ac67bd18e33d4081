-- The version that the link showed when a build began, none for the first; of older ones it is not
-- known. A build that was put down goes on only from there.
ALTER TABLE build ADD COLUMN based_on int;
