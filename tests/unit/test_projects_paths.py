import pytest

from bot.errors import WorkspaceError
from bot.sites.paths import checked_path, is_path


@pytest.mark.parametrize("path", ["index.html", "css/style.css", "a/b_c/d-e.1.js", "_x/data.json"])
def test_a_relative_path_of_a_text_type_is_allowed(path: str) -> None:
    assert checked_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/index.html",
        "../index.html",
        "a/../index.html",
        "./index.html",
        "a//index.html",
        "a/",
        ".env.html",
        "a/.hidden.html",
        "a\\b.html",
        "a b.html",
        "a%2e%2e.html",
        "index.html\n",
        "index.html\0",
        "ü.html",
        "x" * 120 + ".html",
    ],
)
def test_a_path_that_could_lead_elsewhere_is_refused(path: str) -> None:
    assert not is_path(path)
    with pytest.raises(WorkspaceError):
        checked_path(path)


@pytest.mark.parametrize("path", ["photo.tiff", "server.py", "Makefile", "index.HTML", "a.html/b"])
def test_another_type_is_refused_with_the_list_of_allowed_ones(path: str) -> None:
    with pytest.raises(WorkspaceError, match=r"html, css, js, mjs, json, svg, txt, md"):
        checked_path(path)
