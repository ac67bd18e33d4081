"""What the designer of an app begins with that is there: what it is, and how it looks.

Of one that is not there yet it is the design that its user was shown, if they were.
"""

from typing import TYPE_CHECKING

from psycopg import AsyncConnection

from bot.builds.builds import Build
from bot.crew.app_online import PAGE, app_online
from bot.crew.common_ground import ground_of_change
from bot.crew.material import Material, within
from bot.crew.open_notes import OPEN_NOTES, open_notes
from bot.crew.proposed_design import PROPOSED, proposed_design
from bot.crew.transcript import note
from bot.crew.views import labelled_views
from handoffs.tags import enclosed
from handoffs.tokens import WorkingBudget

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam

_BEST = 5  # of 5: what was only good was not enough for a user who wants a new look
AS_IT_IS = "How the app looks that is online; none of these pictures is the user's:"


async def what_stands(connection: AsyncConnection, build: Build, budget: WorkingBudget) -> Material:
    """By tag its page as it is online, what it was made from, and what was noted of its looks; then
    its pictures. Of a new app only a design that was proposed."""
    online = await app_online(connection, build)
    ground = await ground_of_change(connection, build)
    known = {
        PAGE: online.page,
        **{one.name: one.content for one in ground},
        PROPOSED: await proposed_design(connection, build),
        OPEN_NOTES: await open_notes(
            connection, build.project_id, is_code_read=False, good_enough=_BEST
        ),
    }
    parts = [enclosed(name, content) for name, content in known.items() if content]
    views: tuple[ContentBlockParam, ...] = within(tuple(labelled_views(online.views)), budget)
    return Material(
        text="\n\n".join(parts),
        pictures=(note(AS_IT_IS), *views) if views else (),
    )
