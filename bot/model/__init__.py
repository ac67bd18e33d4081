"""Model calls: the client, what they may and do cost, prompts, and typed answers."""
