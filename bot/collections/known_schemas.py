"""What an app's documents may look like: they were entered with any of its versions.

An undo takes the definitions back and leaves what visitors entered. So what any version takes is
known of an app, whichever of them its link shows.
"""

import json
import logging
from collections.abc import Sequence
from functools import lru_cache, partial, reduce

from bot.collections.schemas import Definitions, read_definitions
from bot.collections.widening import Schema, widened
from bot.errors import WorkspaceError

log = logging.getLogger(__name__)


def known_schema(collection: str, versions: Sequence[str]) -> Schema | None:
    """What the versions take together in a collection, each given as its `collections.json`.

    None where none has it, and where one value would be of two kinds, as in versions that were not
    widened from each other.
    """
    together = partial(widened, collection, is_complete=True)
    known = [given[collection] for given in map(json.loads, versions) if collection in given]
    try:
        return reduce(together, known) if known else None
    except WorkspaceError as error:
        log.warning("versions of an app cannot be taken together: %s", error)
        return None


@lru_cache(maxsize=64)
def known_definitions(collection: str, versions: tuple[str, ...]) -> Definitions:
    """The definition of a collection as all versions take it together; empty where they cannot."""
    known = known_schema(collection, versions)
    try:
        return {} if known is None else read_definitions(json.dumps({collection: known}))
    except WorkspaceError as error:  # too large together, or a reference that leads nowhere now
        log.warning("versions of an app cannot be taken together: %s", error)
        return {}
