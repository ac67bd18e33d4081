"""The Anthropic client: streaming, retries and structured answers."""
