"""Stand-ins for Twilio, Claude and a transcription server, and the demo's page with the phone."""
