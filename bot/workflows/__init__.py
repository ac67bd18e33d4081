"""What the crew does with a request: planning and one file a workflow."""
