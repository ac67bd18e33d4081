"""What stands in a message: WhatsApp's marks, characters that can be sent, and where to cut."""
