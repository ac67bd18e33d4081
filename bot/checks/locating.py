"""Finds what a step names: fields, and things of a role, as assistive technology calls them."""

import re

from playwright.async_api import Locator, Page

from bot.checks.steps import Role

FIELDS = "input, textarea, select, [contenteditable]:not([contenteditable=false])"
# ARIA gives these no name from what stands in them, though everybody calls them by it.
_CALLED_BY_TEXT = {"dialog", "listitem", "status"}


def field(page: Page, name: str) -> Locator:
    """The field with that label, accessible name or placeholder."""
    named = page.get_by_label(name).or_(page.get_by_placeholder(name))
    return named.and_(page.locator(FIELDS)).locator("visible=true").first


def all_of(page: Page, role: Role, name: str) -> Locator:
    """All things of that role whose name holds these words; of every name if they are empty.

    Of a list in a list only the inner item is called by its words.
    """
    every = page.get_by_role(role)
    if not name:
        return every
    named = page.get_by_role(role, name=name)
    if role not in _CALLED_BY_TEXT:
        return named
    worded = every.filter(has_text=name)
    return named.or_(worded.filter(has_not=worded))


async def one_of(page: Page, role: Role, name: str) -> Locator:
    """The thing of exactly that name, else one whose name holds it."""
    exact = page.get_by_role(role, name=name, exact=True)
    if role in _CALLED_BY_TEXT:
        words = re.compile(rf"^\s*{re.escape(name)}\s*$")
        exact = exact.or_(page.get_by_role(role).filter(has_text=words))
    if name and await exact.count():
        return exact.first
    return all_of(page, role, name).first


def thing(page: Page, name: str) -> Locator:
    """What can be seen with that text, label or other name; the page itself if that is empty."""
    if not name:
        return page.locator("body")
    named = page.get_by_label(name).or_(page.get_by_title(name)).or_(page.get_by_alt_text(name))
    exact = page.get_by_text(name, exact=True)
    return exact.or_(page.get_by_text(name)).or_(named).locator("visible=true").first
