"""How an app's files are shown to who judges it."""

from bot.crew.sources import PAGE_TYPES, sources

APP = {"index.html": "<p>Hello</p>", "styles.css": "p { color: teal }"}


def test_what_a_reader_is_spared_is_named() -> None:
    assert sources(APP, PAGE_TYPES) == (
        "=== index.html\n<p>Hello</p>\n[not shown, as you need not read it: styles.css]"
    )


def test_who_reads_all_files_is_told_of_none_that_is_missing() -> None:
    assert sources(APP) == "=== index.html\n<p>Hello</p>\n=== styles.css\np { color: teal }"
