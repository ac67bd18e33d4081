"""Voice notes become words, by any server that speaks OpenAI's `/audio/transcriptions`."""
