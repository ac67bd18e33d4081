"""What the crew does with a wish: planning and one file a workflow."""
