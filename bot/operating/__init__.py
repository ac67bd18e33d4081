"""What operators look at and do: status and look-ups, and acts, each with who did it and why."""
