-- Who is logged in at the console: a row goes with the log-out, or with a log-in after its time.
CREATE TABLE console_session (
    session_id uuid PRIMARY KEY,                 -- in a cookie that is signed
    ends_at    timestamptz NOT NULL
);
