"""Published apps as visitors meet them: their addresses, files, types of files, and policy."""
