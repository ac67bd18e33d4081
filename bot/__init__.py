"""The product: a WhatsApp message in, a working web app and its link out."""

from importlib.metadata import version

__version__ = version("textcrew")
