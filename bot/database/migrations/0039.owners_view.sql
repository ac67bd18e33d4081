-- Beside the screens and the ends, the page as the app's owner sees it.
ALTER TABLE trial_view
    DROP CONSTRAINT trial_view_screen_check,
    ADD CONSTRAINT trial_view_screen_check
        CHECK (screen IN ('phone', 'phone_dark', 'desktop', 'owner')
               OR screen ~ '^end_[1-9][0-9]?$');
