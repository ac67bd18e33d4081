"""The operators' pages: what runs and who waits, a request with its trace, users, costs, queries.

They read, but for what an operator does (`acts`). Who wrote is an id, and of what was written there
are lengths; the words of one request are opened by `words`, for a while and against a row in the
audit. No page shows an address; titles of projects are shown.
"""
