"""Agents that outlive their context window and their process."""
