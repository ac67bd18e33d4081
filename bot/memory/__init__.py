"""What is kept in mind: this conversation, the state of its projects, and the user over time."""
