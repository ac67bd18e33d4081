"""Stand-ins for Twilio and Claude that need no account, and the phone page."""
