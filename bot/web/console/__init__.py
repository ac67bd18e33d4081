"""The operators' pages: what runs and who waits, a request with its trace, users, costs, queries.

They read. Who wrote is an id, and of what was written there are lengths: no page shows a user's
words or address. Titles of projects are shown.
"""
