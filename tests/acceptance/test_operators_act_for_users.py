"""What users may ask of operators: `textcrew export-user` and `textcrew erase-user`."""

import json
import subprocess
import zipfile
from pathlib import Path
from urllib.request import urlopen

from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack, announced, answers, eventually
from tests.acceptance.test_change_an_app import written
from tests.acceptance.test_forgetting import traces_of
from tests.forked_program import run_forked

NUMBER = "+15550001111"


def textcrew(
    stack: Stack, folder: Path, *arguments: str, says: str = ""
) -> "subprocess.CompletedProcess[str]":
    return run_forked(["bot.cli.main", *arguments], stack.environment, folder=folder, says=says)


def test_a_user_gets_their_app_and_is_erased_by_their_number_alone(
    stack: Stack, tmp_path: Path
) -> None:
    phone, other = stack.phone(NUMBER), stack.phone()
    phone.say("Build me a counter")
    link = link_in(phone.wait_for(announced, 60))
    other.say("Build me a counter")
    other.wait_for(announced, 60)
    page = urlopen(link).read()

    done = textcrew(stack, tmp_path, "export-user", "+1 (555) 000-1111", "--json")
    told = json.loads(done.stdout)
    with zipfile.ZipFile(tmp_path / told["path"]) as archive:
        assert written(archive.read("index.html")) == written(page)
        assert len(archive.namelist()) == told["files"] + 2
        asked = json.loads(archive.read("textcrew/requirements.json"))
        (decided,) = json.loads(archive.read("textcrew/decisions.json"))
    assert "localStorage" in decided["decision"]
    assert [(one["number"], one["words"]) for one in asked] == [(1, "Build me a counter")]
    again = textcrew(stack, tmp_path, "export-user", told["user_id"])
    assert (again.returncode, "--output" in again.stderr) == (1, True), "nothing is overwritten"

    stack.hold_model("frontend")
    phone.say("Make it green")
    eventually(lambda: stack.rows("SELECT 1 FROM build WHERE status = 'running'"), "it is built")
    declined = textcrew(stack, tmp_path, "erase-user", NUMBER, says="n\n")
    assert (declined.returncode, "cannot be undone" in declined.stdout) == (1, True)
    assert answers(link)
    erased = textcrew(stack, tmp_path, "erase-user", NUMBER, "--yes", "--json")

    assert json.loads(erased.stdout) == {"erased": told["user_id"], "copies": []}
    assert not answers(link)
    eventually(
        lambda: traces_of(stack, told["user_id"], "15550001111") == ["audit"],
        "nothing is left but that it was done",
        seconds=60,
    )
    assert traces_of(stack, "15550001111") == [], "the audit knows an id that leads to nobody"
    assert [
        (row["action"], row["subject"])
        for row in stack.rows("SELECT action, subject FROM audit ORDER BY audit_id")
    ] == [(act, f"user:{told['user_id']}") for act in ("export", "erase")]
    assert stack.reconcile() == "Nothing is missing."
    assert sum(announced(message) for message in phone.messages()) == 1, "the build was stopped"
    assert len(stack.rows("SELECT 1 FROM project")) == 1, "of the other person"
    said = "".join(one.stdout + one.stderr for one in (done, again, declined, erased))
    assert "5550001111" not in said.replace(" ", "")


def test_who_is_not_known_is_said_to_be_unknown_without_their_number(
    stack: Stack, tmp_path: Path
) -> None:
    for named, reason in (
        (NUMBER, "Nobody is known by that phone number or user id."),
        ("a" * 32, "Nobody is known by that phone number or user id."),
        ("5550001111", "A phone number begins with + and its country code"),
    ):
        for command in ("export-user", "erase-user"):
            done = textcrew(stack, tmp_path, command, named)
            assert (done.returncode, done.stdout) == (1, "")
            assert reason in done.stderr
            assert "555" not in done.stderr
