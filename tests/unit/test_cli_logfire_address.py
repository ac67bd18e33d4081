"""Logfire is asked in the region that issued the token, or where LOGFIRE_BASE_URL leads."""

import pytest

from bot.cli.logfire_address import logfire_address


def test_the_token_names_the_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOGFIRE_BASE_URL", raising=False)
    assert logfire_address("pylf_v1_us_abc") == "https://logfire-us.pydantic.dev"
    assert logfire_address("pylf_v1_eu_abc") == "https://logfire-eu.pydantic.dev"


def test_an_address_that_is_set_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGFIRE_BASE_URL", "http://127.0.0.1:4318/")
    assert logfire_address("pylf_v1_eu_abc") == "http://127.0.0.1:4318"
