"""Requests and who makes them: what intake and delivery both stand on."""
