"""What goes into a check and what comes out: evidence, and a verdict that nobody has to trust."""

import re
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict

from bot.checks.acceptance import Acceptance, StandingList
from bot.checks.limits import TIME_LIMIT

Check = Literal[
    "loads",
    "content",
    "console",
    "requests",
    "layout",
    "accessibility",
    "language",
    "buttons",
    "forms",
    "acceptance",
]
Screen = Literal["phone", "phone_dark", "desktop", "owner"]
SCREENS: tuple[Screen, ...] = get_args(Screen)
CHECKS: tuple[Check, ...] = get_args(Check)
LOOKED_AT = frozenset(CHECKS) - {"acceptance", "language"}

MESSAGE_LIMIT = 400  # characters of one finding's message
EVIDENCE_LIMIT = 25  # findings that an agent is shown
NAMES_LIMIT = 12  # controls or fields that an agent is named
NO_BROWSER_STATUS = 3  # with which the process of a check exits whose browser does not start

_UNKEPT = re.compile(r"[\0\ud800-\udfff]")  # in no JSON, or in no text of the database

Seen = Annotated[str, AfterValidator(lambda text: _UNKEPT.sub("\ufffd", text))]
"""What a page says. Half of an emoji, where a text was cut, is the mark that a browser shows."""


class _Value(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, ser_json_bytes="base64", val_json_bytes="base64"
    )


class CheckRequest(_Value):
    """An app to be checked: its files' texts by path, its pictures, what it must do, a Chromium.

    It may take `time_limit` seconds once there is a browser.
    """

    files: dict[str, str]
    pictures: dict[str, bytes]
    acceptance: Acceptance | StandingList | None
    browser: str
    time_limit: float = TIME_LIMIT


class Finding(_Value):
    """One thing that is wrong, with what shows it.

    A blocking one says that the app does not work; advice does not keep it from being published.
    `subject` is what it is about in words that the user knows: a criterion, the name of a button;
    `is_out_of_reach` tells that this cannot be pressed at all.
    """

    check: Check
    message: Seen
    severity: Literal["blocking", "advice"] = "blocking"
    screen: Literal["phone", "desktop"] = "phone"
    selector: Seen | None = None
    step: Seen | None = None
    subject: Seen | None = None
    is_out_of_reach: bool = False

    def __str__(self) -> str:
        where = "".join(
            (
                f" at {self.step}" if self.step else "",
                f" in {self.selector}" if self.selector else "",
                " on a desktop" if self.screen == "desktop" else "",
            )
        )
        return f"[{self.check}, {self.severity}]{where}: {self.message[:MESSAGE_LIMIT]}"


class View(_Value):
    """A JPEG of the page as it looks on one screen; `owner` is a phone of the app's owner."""

    screen: Screen
    picture: bytes


class End(_Value):
    """A JPEG of the page on a phone at the end of a criterion that was met."""

    criterion: str
    picture: bytes


class Tried(_Value):
    """What a check has done with the page: names of controls and fields, and counted forms.

    `untried` are the controls that it has seen and could not press honestly.
    """

    pressed: tuple[Seen, ...] = ()
    filled: tuple[Seen, ...] = ()
    forms: int = 0
    untried: tuple[Seen, ...] = ()

    def __str__(self) -> str:
        """In a line, for an agent."""
        said = [
            f"Pressed {_counted(self.pressed, 'control')}.",
            f"Filled {_counted(self.filled, 'field')}.",
            f"Sent {self.forms} form{'' if self.forms == 1 else 's'}.",
        ]
        if self.untried:
            said.append(f"Not pressed, so nobody knows whether they work: {_named(self.untried)}.")
        return " ".join(said)


class FailedStep(_Value):
    """A step of a criterion that could not be taken, and the page's outline at that moment."""

    step: Seen
    outline: Seen


class Report(_Value):
    """What a check saw. `ran` names the checks that came to their end.

    `outline` is the page as assistive technology reads it. `picture` is a PNG of it on a phone: in
    use, at the end of the first met criterion of those that enter something (of all, where none
    does), or else as it opens. `failure_picture` shows the phone where the first failed criterion
    failed; `failed_steps` has the outlines of all of these.
    `views` show the page of `picture` for those who judge its looks, and their owner's page where
    something on it is theirs alone and no criterion ends there; `ends` the page at the end of
    the other criteria that were met, as far as they could be taken.
    `was_kept_waiting` tells that the machine had too much to do, so that what took too long may
    have been slow for no fault of the app's.
    """

    ran: frozenset[Check] = frozenset()
    findings: tuple[Finding, ...] = ()
    outline: Seen = ""
    failed_steps: tuple[FailedStep, ...] = ()
    picture: bytes | None = None
    failure_picture: bytes | None = None
    views: tuple[View, ...] = ()
    ends: tuple[End, ...] = ()
    tried: Tried = Tried()
    was_kept_waiting: bool = False

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """What keeps the app from being called ready."""
        return tuple(finding for finding in self.findings if finding.severity == "blocking")

    @property
    def looks_sound(self) -> bool:
        """Whether all that needs no acceptance list was checked, and nothing blocks."""
        return self.ran >= LOOKED_AT and not self.blocking

    @property
    def passed(self) -> bool:
        """Whether every check ran and none found the app broken; whatever is missing fails it."""
        return self.ran == frozenset(CHECKS) and not self.blocking

    @property
    def says_nothing(self) -> bool:
        """Whether the machine kept it from its end before a fault was found: no word on the app."""
        return self.was_kept_waiting and unfinished() in self.findings and not self.blocking

    @property
    def reached_its_list(self) -> bool:
        """Whether the list was clicked through to its end, or one of its steps failed."""
        return "acceptance" in self.ran or any(one.check == "acceptance" for one in self.blocking)

    def findings_for_agent(self, wanted: frozenset[Check] = frozenset(CHECKS)) -> str:
        """The findings for an agent, worst first, and the wanted checks that could not be made."""
        ordered = sorted(self.findings, key=lambda finding: finding.severity != "blocking")
        lines = [str(finding) for finding in ordered[:EVIDENCE_LIMIT]]
        if left := len(ordered) - EVIDENCE_LIMIT:
            lines += [f"({left} more)"] if left > 0 else []
        lines += [self._not_ended(check) for check in CHECKS if self._is_missed(check, wanted)]
        tried = ", ".join(check for check in CHECKS if check in self.ran)
        if not lines:
            lines.append(f"Nothing is wrong. Tried: {tried}.")
        return "\n".join([*lines, *([str(self.tried)] if "buttons" in self.ran else [])])

    def _is_missed(self, check: Check, wanted: frozenset[Check]) -> bool:
        """Whether an agent has to know that a check has not ended; a page that was read has loaded.

        Only at its end is it settled that all of it loads.
        """
        return check in wanted - self.ran and not (check == "loads" and self.outline)

    def _not_ended(self, check: Check) -> str:
        has_begun = any(one.check == check for one in self.findings)
        return f"[{check}] was not tried{' to its end' if has_begun else ''}."


class Progress(_Value):
    """What a check's process tells: a report of what is known by now, or the last one."""

    report: Report
    is_last: bool = False


def unfinished() -> Finding:
    """What is told of a check that ran out of time; what it had found until then stands."""
    return Finding(
        check="loads",
        message="the check was not finished in time; what is told here is what was found until "
        "then",
        severity="advice",
    )


def _counted(names: tuple[str, ...], what: str) -> str:
    count = f"{len(names)} {what}{'' if len(names) == 1 else 's'}"
    return f"{count} ({_named(names)})" if names else count


def _named(names: tuple[str, ...]) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:NAMES_LIMIT])
    return shown if len(names) <= NAMES_LIMIT else f"{shown} and {len(names) - NAMES_LIMIT} more"
