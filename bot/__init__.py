"""The product: a WhatsApp message in, a working web app and its link out."""
