"""Who acts from the command line."""

import os
import pwd

import pytest

from bot.cli.acting import operator


def test_an_account_without_a_name_acts_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that is run with a number for its user."""
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)

    assert operator("a storm").name == f"uid {os.getuid()}"
