"""The languages that people are spoken to in: their catalogues, and whose turn it is."""
