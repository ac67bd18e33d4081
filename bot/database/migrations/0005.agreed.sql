-- What is agreed of an app before there is code, and what it looks like at the end of each criterion.

-- The acceptance list that QA wrote beside the engineer, JSON; null: there was none to be had; NULL:
-- nobody has written one.
ALTER TABLE build ADD COLUMN agreed text;

-- Beside the screens, the page at the end of a criterion that was met, by its place in the list.
ALTER TABLE trial_view
    DROP CONSTRAINT trial_view_screen_check,
    ADD CONSTRAINT trial_view_screen_check
        CHECK (screen IN ('phone', 'phone_dark', 'desktop') OR screen ~ '^end_[1-9][0-9]?$');
