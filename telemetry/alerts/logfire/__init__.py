"""The alerts in Logfire's own dialect, to be pasted there; each is run as it is by the tests."""
