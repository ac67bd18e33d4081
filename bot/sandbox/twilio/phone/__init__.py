"""The phone in the stand-in: a chat page, the endpoints behind it and a client for programs."""
