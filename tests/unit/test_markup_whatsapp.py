"""What models write, as WhatsApp shows it."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.markup.shortening import shorten, unbroken
from bot.markup.whatsapp import as_label, as_whatsapp

# Pieces that Markdown is made of, so that random texts are often about to be some.
PIECES = st.sampled_from([
    "*", "**", "_", "__", "~~", "~", "`", "```", "#", "-", ">", "|", "<", "---",
    "[", "](", ")", "![", "https://a.b/_c_", "\\", "&amp;", "<br>",
    "# ", "- ", "1. ", "> ", "\n# ", "\n- ", "\n1. ", "\n> ", "\n| a | b |\n| - | - |\n", "\n```\n",
    "a", "word", "2", "नमस्ते", "مرحبا", "👨‍👩‍👧", ".", "!", ":",
    " ", "\n", "\n\n", "    ", "\r\n", "\x00", "\x1b", "\ud800",
])  # fmt: skip
MARKUP = st.lists(PIECES, max_size=30).map("".join)
ANYTHING = st.one_of(MARKUP, st.text(st.characters(), max_size=60))
WORDS = st.text(st.characters(categories=["L", "N"], include_characters=" .,!?'\n"), max_size=80)


@given(ANYTHING)
def test_whatever_a_model_writes_can_be_stored_and_rendering_again_changes_nothing(
    text: str,
) -> None:
    shown = as_whatsapp(text)
    assert not any(
        unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\t"
        for character in shown
    )
    assert as_whatsapp(shown) == shown


@given(ANYTHING)
def test_a_label_is_one_line_and_stays_what_it_is(text: str) -> None:
    label = as_label(text)
    assert "\n" not in label
    assert as_label(label) == label


@given(WORDS)
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert as_whatsapp(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "2 * 3 is 6, and 4*5*6 is 120; 2**3 and 4**5 are powers",
        "snake_case, _site and my_file_name.html",
        "https://apps.example.com/a_b_c/_next_/x*y*z?q=__init__",
        "Say *stop* at any time, _really_, ~never mind~, `x = 1`",
        "*Bold* in WhatsApp's way\n- one\n- two\n> quoted\n1. first",
        "```\na **b** # c\n```",
        "#1 of all apps, C# and a #hashtag",
        "¯\\_(ツ)_/¯ and a\\b",
        "[x] done, [ ] open, [Note]: see below",
        "5 < 6 > 4 &amp; <b>so</b>",
        "  two spaces   stay  ",
        "name | age",
        "",
    ],
)
def test_what_is_no_markdown_stays_as_it_is(text: str) -> None:
    assert as_whatsapp(text) == text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("## Your plan", "*Your plan*"),
        ("### **Your plan** #", "*Your plan*"),
        ("A **bold**, an *italic* and a ~~gone~~ word", "A *bold*, an _italic_ and a ~gone~ word"),
        ("__bold__ and **_both_** and ***all***", "*bold* and *_both_* and _*all*_"),
        ("**one\ntwo**", "*one*\n*two*"),
        ("un**believ**able", "unbelievable"),
        ("See [the app](https://a.b/c_d_e).", "See the app (https://a.b/c_d_e)."),
        ("**[The app](https://a.b)** is up", "*The app* (https://a.b) is up"),
        ("[https://a.b](https://a.b), <https://c.d>", "https://a.b, https://c.d"),
        ("[me@a.b](mailto:me@a.b) or [below](#x)", "me@a.b or below"),
        ("![A todo list](https://a.b/c.png) below", "A todo list below"),
        ("**So**: https://a.b/_x_/*y*", "*So*: https://a.b/_x_/*y*"),
        ("**Area**: 2 * 3 m, snake_case, a*b*c", "*Area*: 2 * 3 m, snake_case, a*b*c"),
        ("`**not bold**` **bold**", "`**not bold**` *bold*"),
        ("`` a`b `` here", "```a`b``` here"),
        ("```js\nlet a = 1;\n\nlet b;\n```", "```\nlet a = 1;\n\nlet b;\n```"),
        ("~~~\n**x**\n~~~", "```\n**x**\n```"),
        ("a\n\n---\n\nb", "a\n\nb"),
        ("> **Note**\n> read it", "> *Note*\n> read it"),
        ("1\\. **a** \\*b\\*", "1. *a* *b*"),
        ("**नमस्ते** दुनिया, **مرحبا** بك", "*नमस्ते* दुनिया, *مرحبا* بك"),
        ("**bold\x00** wo\ud800rd\x1b\r\nend", "*bold* word\nend"),
        ("**", "**"),
        ("---", "---"),
    ],
)
def test_markdown_becomes_whatsapps_marks(written: str, shown: str) -> None:
    assert as_whatsapp(written) == shown


ANSWER = """\
# Your **Habit Tracker**
I built these *three* screens:

1. **Today**: tick what you did
   - tap a habit
   - swipe to [undo](https://a.b/help)
2. **Week**

   Seven dots a habit.
* **Settings** ~~(soon)~~

| Screen | What you *see* |
|:-------|---------------:|
| Today  | `n` habits     |
| Week   | a<br>b         |

```html
<b>**x**</b>
```
> It works **offline**.
"""
SHOWN = """\
*Your Habit Tracker*
I built these _three_ screens:

1. *Today*: tick what you did
   - tap a habit
   - swipe to undo (https://a.b/help)
2. *Week*

   Seven dots a habit.
- *Settings* ~(soon)~

*Screen* | *What you _see_*
Today | `n` habits
Week | a b

```
<b>**x**</b>
```
> It works *offline*."""


def test_a_whole_answer_reads_well() -> None:
    assert as_whatsapp(ANSWER) == SHOWN
    assert as_whatsapp(SHOWN) == SHOWN


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("**Habit Tracker**", "Habit Tracker"),
        ("# Habit\nTracker", "Habit Tracker"),
        ("*Habits* & `code`", "Habits & code"),
        ("snake_case 2 * 3", "snake_case 2 * 3"),
        ("[Todo](https://a.b)", "Todo (https://a.b)"),
    ],
)
def test_a_label_has_no_marks(written: str, label: str) -> None:
    assert as_label(written) == label


@pytest.mark.lengthy
def test_pairs_within_pairs_without_end_harm_nobody() -> None:
    deep = "**_" * 2_000 + "a" + "_**" * 2_000
    assert as_whatsapp(as_whatsapp(deep)) == as_whatsapp(deep)
    assert "a" in as_whatsapp("> " * 500 + "**a**")


@given(ANYTHING, st.integers(min_value=4, max_value=60))
@example("******https://a.b/_c_https://a.b/_c_**", 37)
def test_a_cut_text_fits(text: str, limit: int) -> None:
    cut = shorten(text, limit)
    assert len(cut) <= limit
    assert cut == text or "…" in cut


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("A tracker for my daily habits", 16, "A tracker for…"),
        ("A tracker, for my habits", 13, "A tracker…"),
        ("Donaudampfschifffahrt", 10, "Donaudamp…"),
        ("See https://a.b/cdefghijklmnop", 20, "See…"),
        ("It is *quite bold* here", 14, "It is…"),
        ("*quite bold and long words*", 20, "*quite bold and…*"),
        ("family 👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 16, "family…"),
        ("👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 12, "👨‍👩‍👧‍👦…"),
        ("ताजमहलकीसुंदरता", 8, "ताजमहल…"),
    ],
)
def test_a_cut_falls_between_words(text: str, limit: int, cut: str) -> None:
    assert shorten(text, limit) == cut
    assert all(found[0].count("*") != 1 for found in unbroken().finditer(cut))
