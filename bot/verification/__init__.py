"""Looks over the whole database: whether each thing that the product promises still holds."""
