"""Long texts are cut where a reader would pause, and nothing of them is lost."""

import re

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from bot.delivery.splitting import LIMIT, split, utf16_length

LABEL = re.compile(r"\((\d+)/(\d+)\) ")
GRAPHEMES = ["a", "é", "字", "👍🏽", "👩‍👩‍👧‍👦", "🇩🇪", "e\u0301", "1️⃣", "।", "नि"]
PIECES = [
    *GRAPHEMES,
    "word",
    "*bold words*",
    "_it is_",
    "~gone~",
    "`x = 1`",
    "```def f():\n    pass```",
    "https://example.com/a_b_c?d=*e*",
    ". ",
    "! ",
    "。",
    " ",
    "\n",
    "\n\n",
    "- item",
    "*",
    "_",
    "```",
    "(",
]


def unlabelled(parts: list[str]) -> list[str]:
    if len(parts) == 1:
        return parts
    labels = [LABEL.match(part) for part in parts]
    assert [label and label.group() for label in labels] == [
        f"({number}/{len(parts)}) " for number in range(1, len(parts) + 1)
    ]
    return [LABEL.sub("", part, count=1) for part in parts]


def visible(text: str) -> str:
    return "".join(text.split())


def unmarked(text: str) -> str:
    return re.sub(r"[*_~`]", "", visible(text))


def test_a_short_text_stays_as_it_is() -> None:
    assert split("  Hello *there*!\n") == ["Hello *there*!"]
    assert split("x" * LIMIT) == ["x" * LIMIT]


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_a_text_with_nothing_to_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="words"):
        split(text)


def test_an_emoji_counts_as_two_units() -> None:
    assert utf16_length("a😀") == 3
    assert len(split("😀" * (LIMIT // 2))) == 1
    assert len(split("😀" * (LIMIT // 2 + 1))) == 2


@pytest.mark.lengthy
@given(st.lists(st.sampled_from(PIECES)).map("".join).filter(str.strip), st.integers(40, 120))
@example("*" + "long " * 40 + "end*", 60)
@example("https://example.com/" + "a" * 200, 60)
@example("```" + "x = 1\n" * 60 + "```", 60)
@example("word " * 600, 40)
@example("a\n https://example.com/a_b_c?d=*e*👩\u200d👩\u200d👧\u200d👦", 40)
def test_every_part_fits_and_nothing_is_lost(text: str, limit: int) -> None:
    parts = split(text, limit)

    assert all(utf16_length(part) <= limit for part in parts)
    contents = unlabelled(parts)
    assert all(content.strip() for content in contents)
    assert unmarked("".join(contents)) == unmarked(text)


@pytest.mark.lengthy
@given(st.text().filter(str.strip))
def test_any_text_survives(text: str) -> None:
    assert unmarked("".join(unlabelled(split(text, 40)))) == unmarked(text)


@given(
    st.lists(
        st.sampled_from(
            [
                "*bold words*",
                "_some italics_",
                "`inline = code`",
                "```two\nlines```",
                "https://example.com/a/b",
            ]
        ),
        min_size=1,
    )
)
def test_links_code_and_formatting_stay_whole(pieces: list[str]) -> None:
    contents = unlabelled(split(" and ".join(pieces), 50))

    for piece in set(pieces):
        assert sum(content.count(piece) for content in contents) == pieces.count(piece)


@given(st.lists(st.sampled_from(GRAPHEMES), min_size=1).map("".join))
def test_no_visible_character_is_cut(text: str) -> None:
    contents = unlabelled(split(text, 40))

    whole = regex.findall(r"\X", text)
    assert [g for content in contents for g in regex.findall(r"\X", content)] == whole


def test_paragraphs_come_before_lines_sentences_and_words() -> None:
    text = (
        "One two three. Four five six.\nSeven eight nine ten eleven.\n\nTwelve thirteen. Fourteen"
    )

    assert unlabelled(split(text, 70)) == [
        "One two three. Four five six.\nSeven eight nine ten eleven.",
        "Twelve thirteen. Fourteen",
    ]
    assert unlabelled(split(text, 50)) == [
        "One two three. Four five six.",
        "Seven eight nine ten eleven.",
        "Twelve thirteen. Fourteen",
    ]
    assert unlabelled(split("One two three. Four five. " + "six seven " * 4, 40))[0] == (
        "One two three. Four five."
    )


def test_code_that_is_too_long_is_code_in_every_part() -> None:
    lines = [f"    line {number}" for number in range(30)]

    contents = unlabelled(split("```" + "\n".join(lines) + "```", 100))

    assert len(contents) > 3
    assert all(content.startswith("```    line") for content in contents)
    assert all(content.endswith("```") for content in contents)
    assert "\n".join(content.strip("`") for content in contents) == "\n".join(lines)


def test_many_parts_leave_room_for_their_numbers() -> None:
    parts = split("word " * 2000, 60)

    assert len(parts) > 99
    assert parts[0].startswith("(1/")
    assert all(len(part) <= 60 for part in parts)
