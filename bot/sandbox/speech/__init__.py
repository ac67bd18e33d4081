"""A stand-in for a transcription server: OpenAI's endpoint, with small ears."""
