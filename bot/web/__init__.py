"""Thin Flask: webhook, status callbacks, published sites, health and console."""
