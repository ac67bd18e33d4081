"""`make security` finds known faults and secrets, and never takes silence for an all-clear."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from tests.security import ROOT, Failed, faults, judged, secrets

FAULT = {
    "id": "PYSEC-2026-1",
    "modified": "2026-01-01T00:00:00Z",
    "summary": "It breaks.",
    "affected": [
        {
            "package": {"name": "flask", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.2"}]}],
        }
    ],
}


@pytest.fixture
def osv() -> Iterator[str]:
    """A database of faults that knows one, of flask."""

    def answer(environ: Any, start_response: Any) -> Any:
        asked = json.loads(Request(environ).get_data())
        known = [FAULT] if asked["package"]["name"] == "flask" else []
        return Response(json.dumps({"vulns": known}))(environ, start_response)

    server = make_server("127.0.0.1", 0, answer, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/query"
    server.shutdown()
    server.server_close()


def pinned(folder: Path, *lines: str) -> Path:
    path = folder / "constraints.txt"
    path.write_text("\n".join(lines))
    return path


@pytest.mark.lengthy
def test_known_faults_are_named_with_the_version_that_mends_them(tmp_path: Path, osv: str) -> None:
    with pytest.raises(Failed, match=r"flask 3\.1\.3: PYSEC-2026-1, mended in 3\.2"):
        faults(pinned(tmp_path, "click==8.5.1", "flask==3.1.3"), osv=osv)
    assert "none in 1 dependencies" in faults(pinned(tmp_path, "click==8.5.1"), osv=osv)


@pytest.mark.lengthy
def test_without_the_database_it_fails_and_says_so() -> None:
    """The command itself, at an address that refuses; the other looks are taken all the same."""
    looks = ["--only=faults", "--only=sbom", "--osv", "http://127.0.0.1:9/v1/query"]
    command = [sys.executable, "-m", "tests.security", *looks]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "http://127.0.0.1:9/v1/query, so nothing is known of the dependencies" in done.stderr
    parts = json.loads((ROOT / "build" / "sbom.cdx.json").read_text())["components"]
    assert {"Flask", "psycopg", "anthropic"} <= {part["name"] for part in parts}


def test_a_database_that_knows_nothing_of_us_is_no_all_clear() -> None:
    """As behind a proxy that answers 404: pip-audit skips what is not there and is content."""
    skipped = {"name": "click", "skip_reason": "Dependency not found on PyPI"}
    known = {"name": "flask", "version": "3.1.3", "vulns": []}

    with pytest.raises(Failed, match="knows none of the 1 dependencies"):
        judged([skipped], "https://pypi.org")
    with pytest.raises(Failed, match="Nothing is known of: click"):
        judged([skipped, known], "https://pypi.org")
    with pytest.raises(Failed, match="knows none of the 0"):
        judged([], "https://pypi.org")


@pytest.mark.lengthy
def test_a_secret_in_the_tree_is_named_and_not_shown(tmp_path: Path) -> None:
    secret = "-".join(["correct", "horse", "battery", "9f3b7c"])
    (tmp_path / "settings.py").write_text(f'ONE = 1\npassword = "{secret}"\n')
    (tmp_path / "ignored.py").write_text(f'password = "{secret}"\n')
    for command in (["init", "--quiet"], ["add", "settings.py"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)

    with pytest.raises(Failed, match=r"settings\.py:2: Secret Keyword") as failed:
        secrets(tmp_path)
    assert secret not in str(failed.value)
    assert "ignored.py" not in str(failed.value)

    baseline = [sys.executable, "-m", "detect_secrets", "scan", "-n"]
    done = subprocess.run(baseline, cwd=tmp_path, check=True, capture_output=True, text=True)
    (tmp_path / ".secrets.baseline").write_text(done.stdout)
    assert secrets(tmp_path) == "Secrets: none in 1 files."
