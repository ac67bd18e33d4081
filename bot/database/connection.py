"""Where PostgreSQL is, and connections to it.

Synchronous code (the webhook, commands) takes `connection_pool`, workers take
`async_connection_pool`. Both hand out autocommit connections: a single statement is its own
transaction, several go into `with connection.transaction():`.
"""
