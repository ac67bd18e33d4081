"""How connections of the web process are kept: none of them holds a working thread by waiting."""
