"""`make security`: known faults of what we depend on, secrets in the tree, and an SBOM.

Where the database of faults does not answer, nothing is known of the dependencies, and that is a
failure too: neither pip-audit's silence nor its exit code 0 is taken for an all-clear.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BILL = "build/sbom.cdx.json"
BASELINE = ".secrets.baseline"


class Failed(Exception):
    """One of the three has found something, or could not look; the message says what."""


def faults(constraints: Path, *, osv: str | None = None) -> str:
    """Ask for the known faults of the pinned versions: PyPI, or the OSV service at `osv`."""
    where = osv or "https://pypi.org"
    service = ["--vulnerability-service", "osv", "--osv-url", osv] if osv else []
    pinned: list[str | Path] = ["--requirement", constraints, "--no-deps", "--disable-pip"]
    form = ["--format", "json", "--progress-spinner", "off"]
    done = _run("pip_audit", *pinned, *form, *service)
    try:
        audited = json.loads(done.stdout)["dependencies"]
    except ValueError:
        said = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise Failed(
            f"The database of known faults cannot be asked at {where}, so nothing is known of the "
            f"dependencies: {said[0]}"
        ) from None
    return judged(audited, where)


def judged(audited: list[dict[str, Any]], where: str) -> str:
    """Say what pip-audit's answer means. Raises `Failed` unless all are known, and sound."""
    unknown = [one["name"] for one in audited if "skip_reason" in one]
    if not audited or len(unknown) == len(audited):
        raise Failed(
            f"The database of known faults at {where} knows none of the {len(audited)} "
            "dependencies, so nothing is known of them."
        )
    found = [_fault(one, fault) for one in audited for fault in one.get("vulns", ())]
    if unknown:
        found.append(f"Nothing is known of: {', '.join(unknown)}")
    if found:
        raise Failed("\n".join(["Known faults:", *found]))
    return f"Known faults: none in {len(audited)} dependencies, says {where}."


def _fault(dependency: dict[str, Any], fault: dict[str, Any]) -> str:
    mended = ", ".join(fault["fix_versions"]) or "no version"
    return f"  {dependency['name']} {dependency['version']}: {fault['id']}, mended in {mended}"


def secrets(root: Path) -> str:
    """Look for secrets in the files that git knows, beside those that the baseline excuses."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True
    )
    files = [name for name in listed.stdout.split("\0") if name and name != BASELINE]
    with tempfile.TemporaryDirectory() as folder:
        excused: list[str | Path] = []
        if (root / BASELINE).exists():
            # A copy, because the program writes new line numbers into it.
            excused = ["--baseline", shutil.copy(root / BASELINE, folder)]
        done = _run("detect_secrets.pre_commit_hook", "--json", "-n", *excused, *files, cwd=root)
    if done.returncode not in {0, 1, 3}:
        raise Failed(f"Secrets could not be looked for: {done.stderr.strip()}")
    found = json.loads(done.stdout)["results"] if done.returncode == 1 else {}
    if found:
        places = [
            f"  {name}:{one['line_number']}: {one['type']}"
            for name, several in found.items()
            for one in several
        ]
        raise Failed(
            "\n".join(
                [
                    "What looks like a secret:",
                    *places,
                    f"If one is none: .venv/bin/detect-secrets scan -n --baseline {BASELINE}",
                ]
            )
        )
    return f"Secrets: none in {len(files)} files."


def bill(root: Path) -> str:
    """Write down all that is installed, with versions and licences, as a CycloneDX document."""
    path = root / BILL
    path.parent.mkdir(exist_ok=True)
    project: list[str | Path] = ["--pyproject", root / "pyproject.toml"]
    # Without validation, which takes half a minute for what the program itself has written.
    form: list[str | Path] = ["--no-validate", "--output-file", path]
    done = _run("cyclonedx_py", "environment", *project, *form, sys.executable)
    if done.returncode:
        raise Failed(f"The SBOM could not be written: {done.stderr.strip()}")
    count = len(json.loads(path.read_text("utf-8"))["components"])
    return f"SBOM: {count} parts in {BILL}."


def _run(
    module: str, *arguments: str | Path, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=cwd,
        check=False,
        capture_output=True,
        text=True,
    )


def main() -> None:
    """Take all three looks, or those that are named, and fail if one of them did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=["faults", "secrets", "sbom"])
    parser.add_argument("--osv", metavar="URL", help="ask the OSV service there instead of PyPI")
    wanted = parser.parse_args()
    looks = {
        "faults": lambda: faults(ROOT / "constraints.txt", osv=wanted.osv),
        "secrets": lambda: secrets(ROOT),
        "sbom": lambda: bill(ROOT),
    }
    failures = 0
    for name in wanted.only or looks:
        try:
            print(looks[name](), flush=True)
        except Failed as failure:
            failures += 1
            print(failure, file=sys.stderr, flush=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
