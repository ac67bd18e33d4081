"""The hard check: does an app work? Tried in a real browser, in a process of its own."""
