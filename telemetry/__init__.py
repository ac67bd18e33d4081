"""One trace a request: spans, events and metrics by the names that operators query."""
