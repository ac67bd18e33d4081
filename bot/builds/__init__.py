"""Builds: their state, who works on them, their rounds, questions and change requests."""
