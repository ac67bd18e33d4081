"""The connection pool, the embedded server and the numbered migrations."""
