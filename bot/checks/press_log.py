"""What came of pressing the buttons of an app, page after page."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.checks.finding_collector import FindingCollector
from bot.checks.page_session import PageSession
from bot.checks.presses import Button, ButtonKey, PressResult, press
from bot.checks.report import Finding

HONEST_PRESSES_TO_ACCUSE = 2

ListButtons = Callable[[PageSession], Awaitable[list[Button]]]


@dataclass
class Suspect:
    """A button that no press had an effect on so far."""

    button: Button
    honest: int = 0
    last: PressResult = field(default_factory=lambda: PressResult("missed"))

    def note(self, result: PressResult) -> bool:
        """Whether the press shows that the button works."""
        self.honest += result.outcome == "nothing"
        self.last = result
        return result.outcome == "effect"


@dataclass
class PressLog:
    """The buttons that were pressed: suspects, those with an effect, those that open a prompt."""

    suspects: dict[ButtonKey, Suspect] = field(default_factory=dict)
    working: list[Button] = field(default_factory=list)
    prompting: list[Button] = field(default_factory=list)

    def is_judged(self, button: Button) -> bool:
        """Whether a press has reached it."""
        suspect = self.suspects.get(button.key)
        is_working = any(one.key == button.key for one in self.working)
        return bool(suspect and suspect.honest) or is_working

    @property
    def known(self) -> int:
        """Of how many buttons something is known."""
        return len(self.suspects) + len({one.key for one in self.working})

    def is_known(self, button: Button) -> bool:
        """Whether it was pressed, or at least tried."""
        return button.key in self.suspects or self.is_judged(button)

    async def press(self, visit: PageSession, button: Button) -> None:
        """Press a button and note what came of it."""
        suspect = self.suspects.get(button.key) or Suspect(button)
        if suspect.note(await press(visit, button)):
            self.suspects.pop(button.key, None)
            self.working.append(button)
        else:
            self.suspects[button.key] = suspect
        if visit.question is not None:
            self.prompting.append(button)

    async def press_each(
        self, visit: PageSession, list_buttons: ListButtons, most: int
    ) -> dict[ButtonKey, Button]:
        """Press, once and `most` of them, what is listed before each press and not judged yet.

        Returns all that were listed on the way.
        """
        seen: dict[ButtonKey, Button] = {}
        tried: set[ButtonKey] = set()
        while len(tried) < most:
            listed = await list_buttons(visit)
            seen |= {one.key: one for one in listed if one.key not in seen}
            left = (one for one in listed if one.key not in tried and not self.is_judged(one))
            fresh = next(left, None)
            if fresh is None:
                break
            tried.add(fresh.key)
            await self.press(visit, fresh)
        return seen


def accuse(evidence: FindingCollector, suspect: Suspect) -> None:
    """Tell what speaks against a button; one that was not pressed twice is only named."""
    button = suspect.button
    name = button.name or button.selector
    if suspect.honest >= HONEST_PRESSES_TO_ACCUSE:
        evidence.pressed[name] = None
        message = f"the button {button} does nothing when it is pressed"
    elif suspect.last.outcome == "covered":
        message = f"the button {button} cannot be pressed: {suspect.last.over} lies over it"
    elif suspect.last.outcome == "unseen":
        message = f"the button {button} cannot be pressed: it lies outside of the screen"
    else:
        evidence.untried[name] = None
        return
    evidence.add(
        Finding(
            check="buttons",
            message=message,
            selector=button.selector,
            subject=button.name or None,
            is_out_of_reach=suspect.honest < HONEST_PRESSES_TO_ACCUSE,
        )
    )
