"""What users send beside words: fetched from Twilio, made harmless, put where agents see it."""
