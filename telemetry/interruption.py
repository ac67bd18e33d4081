"""Work that is put down: stopped, taken over or waiting for somebody, which is no failure."""


class Interruption(Exception):
    """Work was put down. Spans and metrics that it leaves do not count it as an error."""
