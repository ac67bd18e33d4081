"""A stand-in for Twilio's WhatsApp service on the loopback interface, for use without an account.

The real Twilio client talks to `rest`; `webhooks` signs and posts what Twilio would post to us;
`faults` makes it fail on demand. Users reach it through the page in `bot.sandbox.twilio.phone`.
"""
