"""What is removed once nobody needs it any more, and how much is there."""
