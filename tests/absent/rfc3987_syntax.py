"""Stands before a package that a tool of ours brings and the product has not.

jsonschema would import it if it could, and that takes three seconds of each process.
"""

raise ImportError("no more than where the product alone is installed")
