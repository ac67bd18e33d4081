"""The regions of the stage: each is a fragment of HTML that is drawn anew when its facts change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import render_template

from bot.sandbox.stage.app import draw_app
from bot.sandbox.stage.controls import Controls
from bot.sandbox.stage.faults import Faults
from bot.sandbox.stage.frame import SANDBOX
from bot.sandbox.stage.head import draw_head
from bot.sandbox.stage.lanes import draw_lanes
from bot.sandbox.stage.rail import draw_rail
from bot.sandbox.stage.reading import Facts
from bot.sandbox.stage.trace import draw_trace
from bot.sites.links import SiteLinks

REGIONS = ("peek", "head", "rail", "lanes", "lower", "controls")


@dataclass(frozen=True, kw_only=True)
class DemoSettings:
    """What a request may cost in the demo, where the stage leads to, and what the crew is."""

    cap_usd: Decimal
    console_url: str
    links: SiteLinks
    is_claude: bool
    usual_memory: int  # tokens


def view(
    facts: Facts | None,
    *,
    address: str,
    demo: DemoSettings,
    faults: Faults,
    controls: Controls,
    effects: Sequence[str],
    frames_at: str,
) -> Mapping[str, Any]:
    """Everything that the templates show; `frames_at` is the origin of the app's frame."""
    shown: dict[str, Any] = {
        "address": address,
        "demo": demo,
        "armed": faults.armed(address),
        "effects": effects,
        "sandbox": SANDBOX,
        "real_pace": controls.has_real_pace,
        "memory": controls.memory,
        "rail": draw_rail(facts),
        "request": None,
    }
    if facts is not None:
        shown |= {
            "request": facts.scene,
            "head": draw_head(facts, cap_usd=demo.cap_usd),
            "lanes": draw_lanes(facts),
            "app": draw_app(facts, demo.links, frames_at),
            "trace": draw_trace(facts),
        }
    return shown


def draw_regions(shown: Mapping[str, Any]) -> dict[str, str]:
    """The HTML of each region, by its id."""
    return {name: render_template(f"stage/{name}.html", **shown) for name in REGIONS}
