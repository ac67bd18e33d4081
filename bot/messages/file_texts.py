"""What a user reads of the files, places and contacts they sent, in English; see `bot.messages`."""

from bot.languages.i18n import gettext, gettext_noop, ngettext

VOICE_NOT_HEARD = gettext_noop(
    "I can't listen to voice notes. Please write to me. "
    "You can also send a picture, a text file, a place or a contact."
)

VIDEO_NOT_WATCHED = gettext_noop(
    "I can't watch videos. Please write what you'd like, or send pictures of what I should see."
)

FILE_NOT_OPENED = gettext_noop(
    "I can't open that kind of file. You can send pictures (JPEG, PNG, WebP or GIF, up to 5 MB), "
    "PDFs, Word, Excel and PowerPoint files (up to 16 MB), text files (up to 200 kB), a place or a "
    "contact, and of course your words."
)

FILE_NOT_ARRIVED = gettext_noop(
    "That file did not reach me: it is larger than 16 MB, or it can only be seen once. "
    "Please send it smaller and as a normal file, or write what you'd like."
)

PICTURE_NOT_SEEN = gettext_noop(
    "I could not open that picture. It may be damaged or too large. "
    "Please send it as JPEG, PNG, WebP or GIF with at most 5 MB."
)

PAPER_NOT_OPENED = gettext_noop(
    "I could not read that file. It may be damaged, empty or too large. Please send it once more "
    "as a PDF, or as a Word (.docx), Excel (.xlsx) or PowerPoint (.pptx) file with at most 16 MB."
)

PAPER_LOCKED = gettext_noop(
    "That file is locked with a password, so I can't read it. Please send it without one."
)

GONE = gettext_noop(
    "I no longer have the file that you replied to. Please send it again if it is needed."
)

BEGINNING_TAKEN = gettext_noop("That file is very long, so I took its beginning.")


def pages_taken(pages: int, total: int) -> str:
    """A PDF was longer or larger than what is taken."""
    return gettext(
        "Your PDF is too long for me as a whole: I took pages 1 to {number} of {total}.",
        number=pages,
        total=total,
    )


PAGES_NOT_SEEN = gettext_noop(
    "I can't see what is on the pages of that PDF: it has no text, and they are too large. "
    "Please send them as photos."
)


def no_room_for_files(number: int) -> str:
    """So many of the files that came with a request are not kept."""
    return ngettext(
        "Your app has no room for all that you sent: {number} file is not in it.",
        "Your app has no room for all that you sent: {number} files are not in it.",
        number,
    )


FILE_NOT_FETCHED = gettext_noop("I couldn't get the file you sent. Please send it once more.")

FILE_FETCHED_LATER = gettext_noop(
    "I can't get the file you sent right now. I'll try again for a few minutes, and read what you "
    "write meanwhile after that. You don't have to send it again."
)

WHAT_ABOUT_PICTURES = gettext_noop(
    "Got it. What shall I do with it? For example *Build a page like this* or *Use it as the logo*."
)

WHAT_ABOUT_PAPERS = gettext_noop(
    "Got it. What shall I do with it? For example *Build a page with what it says* or *Let people "
    "download it in my app*."
)

WHAT_ABOUT_PLACE = gettext_noop(
    "Got the place. What shall I do with it? For example *Build a page that shows where we are*."
)

WHAT_ABOUT_CONTACT = gettext_noop(
    "Got the contact. I use it only if you tell me what for, for example *Put this number on my "
    "page*."
)
