"""Voice notes that nobody can hear now: they wait under a lock of their own, and hold nothing up.

What is said in one may be said in writing as well, so the messages that came after it are read.
Once it is heard it waits its turn as if it had just come: one message at a time is acted upon, and
`bot.intake.late` sees to it that nothing is done behind its user's back.
"""

ASIDE_LOCK = "voice"
