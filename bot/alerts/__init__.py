"""Tells operators when an alert begins and when it is over."""
