"""From an outbox row to a message on the phone."""
