"""A stand-in for Anthropic's Messages API: the real client talks to it, no account is needed."""
