"""Where something is added to a page, however it is written."""

from uuid import UUID

import pytest

from bot.sites.app_profile import AppProfile
from bot.sites.completion import complete
from bot.sites.page_head import read_head

PROFILE = AppProfile(
    project_id=UUID(int=1),
    title="Soup",
    planned=None,
    language="de",
    pictured=None,
)
URL = "https://apps.example/0/"


def completed(page: str) -> str:
    return complete(page.encode(), PROFILE, URL).decode()


@pytest.mark.parametrize(
    "page",
    [
        "^",
        "^two",
        "^<p>a<title></title>",
        "<!doctype html>^<p>a",
        "\ufeff<!doctype html>^<p>a",
        "\ufeff^a",
        "<!-- <head> --><!DOCTYPE html>\n<html>\n<head>^\n<title>x</title></head>",
        "<!doctype html><HTML class=a><Head id='b'>^<style>a</style></Head><body>",
        "<html lang=de><head><title>x</title><meta charset=utf-8>^<style>a</style></head>",
        "<head>^<noscript><meta charset=utf-8></noscript></head>",
        "<head>^<template><meta charset=utf-8></template></head>",
        "<head>^</head><body><meta charset=utf-8><html><head>",
        "<html>^<body><p>a</p></body><head></head>",
        "<!doctype html><html>^<p>a<head>",
        "<head>^<script>'<head><meta charset=utf-8>'</script>",
        "<head>^<![x[ <meta charset=utf-8>",
        "<head>^<title>never closed",
        "<head>^<meta name='half",
        "<?xml version='1.0'?><!doctype html><html\nlang='x'>^<body/>",
        "\r\n\r\n<head\r\n>^\r\n",
    ],
)
def test_it_goes_to_the_beginning_of_the_head(page: str) -> None:
    assert read_head(page.replace("^", "")).head_at == page.index("^")


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<title>a &amp; b</title>", "a & b"),
        ("<title>\n a\n b</title>", "a b"),
        ("<title>a <b></title>", "a <b>"),
        ("<title></title><p>x<title>late</title>", "late"),
        ("<p>x<svg><title>drawn</title></svg>", ""),
        ("<svg/><title>drawn</title>", "drawn"),
        ("<svg><title>drawn</title></svg><title>own</title>", "own"),
        ("<!-- <title>x</title> -->", ""),
        ("<script>'<title>x</title>'</script>", ""),
        ("<style>/*<title>x</title>*/</style>", ""),
        ("<textarea><title>x</title></textarea>", ""),
        ("<template><title>x</title></template>", ""),
        ("<title> </title>", ""),
        ("<TITLE>large</TITLE>", "large"),
    ],
)
def test_the_title_is_what_a_browser_takes_for_it(page: str, title: str) -> None:
    assert read_head(page).title == title
    assert ("<title>Soup</title>" in completed(page)) is not bool(title)


@pytest.mark.parametrize(
    ("page", "tag"),
    [
        ("<html><p>x", '<html lang="de" dir="ltr">'),
        ("<p>x", '<html lang="de" dir="ltr">'),
        ("<HTML class=a>", '<HTML lang="de" dir="ltr" class=a>'),
        ("<html lang=ar>", '<html dir="rtl" lang=ar>'),
        ("<html lang='' dir=auto>", "<html lang=\"de\" lang='' dir=auto>"),
        ("<html lang='\"x'>", '<html dir="ltr" lang=\'"x\'>'),
        ("<html><p>x<html lang=fr>", '<html dir="ltr">'),
    ],
)
def test_language_and_direction_are_added_where_they_are_missing(page: str, tag: str) -> None:
    assert tag in completed(page)


@pytest.mark.parametrize("content", [b"<head>\xff\xfe\xe4</head>\x00", b"\xfe\xff\x00<\x00p"])
def test_bytes_that_are_no_text_stay(content: bytes) -> None:
    before, _, after = content.partition(b"<head>")
    page = complete(content, PROFILE, URL)
    assert page.endswith(after)
    assert page.startswith(before)


def test_nothing_but_the_added_is_changed() -> None:
    parts = (
        "<!doctype html>\r\n<html",
        " >\r\n<HEAD><meta charset=utf-8>",
        "\t<title>é🎉</title>\r\n<p a=b>&amp",
    )
    rest = completed("".join(parts))
    for part in parts:
        before, _, rest = rest.partition(part)
        assert part not in before
    assert rest == ""
