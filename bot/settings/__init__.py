"""What an operator sets: read once from the environment, `.env` and the local file."""
