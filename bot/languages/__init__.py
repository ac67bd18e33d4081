"""The languages that users are spoken to in: their catalogues, and whose turn it is."""
