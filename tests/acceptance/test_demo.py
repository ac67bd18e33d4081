"""`textcrew demo` as a newcomer runs it: in an empty folder, with nothing configured."""

import json
from pathlib import Path
from urllib.request import urlopen

from tests.acceptance.demos import LINK, PHONE, READY, demo, starting, textcrew
from tests.acceptance.stack import eventually
from tests.found import found


def test_an_app_outlives_the_demo_that_built_it(tmp_path: Path) -> None:
    with demo(tmp_path, "--say", "Build me a counter", "--keep") as output:
        link = found(LINK, output.read_text())[0]
        assert "tokens" not in output.read_text()  # what a terminal shows live
        with urlopen(link) as answer:
            before = answer.read()

        beside = textcrew(tmp_path, "demo")
        assert beside.returncode == 1
        assert "is running already at http://127.0.0.1" in beside.stderr

        assert "Voice notes are heard by a small offline stand-in" in output.read_text()
        doctor = textcrew(tmp_path, "doctor", "--json")
        assert [f for f in json.loads(doctor.stdout) if not f["ok"]] == []

    with demo(tmp_path):
        with urlopen(link) as answer:
            assert answer.read() == before
        # What a worker does once at its start asks the stand-ins, which end with the demo.
        eventually(lambda: all_succeeded(tmp_path), "every job has succeeded", seconds=60)

    calls = json.loads(textcrew(tmp_path, "cost", "--by", "agent", "--json").stdout)
    assert {row["key"].partition("_v")[0]: row["calls"] for row in calls}["router"] == 1
    sent = json.loads(textcrew(tmp_path, "deliveries", "--json").stdout)
    assert [message["kind"] for message in reversed(sent)] == [
        "understood",
        "designed",
        "built",
        "picture",
        "published",
    ]


def all_succeeded(folder: Path) -> bool:
    jobs = json.loads(textcrew(folder, "jobs", "--json").stdout)
    return bool(jobs) and {job["status"] for job in jobs} == {"succeeded"}


def test_two_demos_that_start_at_once_both_run(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        folder.mkdir()

    with starting(folders[0]) as one, starting(folders[1]) as other:
        eventually(
            lambda: all(READY in output.read_text() for output in (one, other)),
            "both are ready",
            seconds=120,
        )
        pages = [found(PHONE, output.read_text())[0] for output in (one, other)]
        for page in pages:
            with urlopen(page) as answer:
                assert answer.status == 200

    assert pages[0] != pages[1]


def test_a_message_that_builds_nothing_ends_with_the_reason(tmp_path: Path) -> None:
    said = textcrew(tmp_path, "demo", "--say", "Hello there!")

    assert said.returncode == 1
    assert "No app was built: the request ended as completed." in said.stderr
