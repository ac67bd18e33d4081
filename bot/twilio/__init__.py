"""Everything that is Twilio's: the client, error codes, signatures, fields of media."""
