"""The product: a WhatsApp message in, a working web app and its link out."""

import os

# Logfire comes with a plugin for pydantic. Nothing here uses it, and with it every process that
# reads its settings would import all of Logfire, and read what each installed package says of
# itself. Who sets the variable decides.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


def __getattr__(name: str) -> str:
    """`__version__`, read from the package's metadata by those alone who tell it."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import version

    globals()[name] = known = version("textcrew")
    return known
