"""The connection pool, the embedded server, and the schema: migrations and definitions."""
