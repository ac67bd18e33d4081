"""A user's projects: workspace files, versions and their published links."""
