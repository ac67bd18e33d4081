"""The queue: its app, its tasks, the worker and recovery."""
