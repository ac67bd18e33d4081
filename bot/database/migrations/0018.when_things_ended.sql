-- What was overwritten or not noted so far; NULL in older rows.

ALTER TABLE turn ADD COLUMN results_at timestamptz;      -- when its tools had run
ALTER TABLE outbox ADD COLUMN read_at timestamptz;       -- `finished_at` is when it was delivered
ALTER TABLE former_sid ADD COLUMN error_code int;        -- why Twilio gave that attempt up

-- When an alert that fires no more has fired the last time that it was told.
CREATE TABLE alert_recovered (
    name         text PRIMARY KEY,
    fired_at     timestamptz NOT NULL,
    recovered_at timestamptz NOT NULL DEFAULT now()
);
