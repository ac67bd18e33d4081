"""The command `textcrew`."""
