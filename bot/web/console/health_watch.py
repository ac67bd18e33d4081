"""How the parts are that the product needs, and where records are kept, for the overview."""

import psycopg

from bot.operating.liveness import ComponentDown
from bot.settings.groups import Settings
from bot.web.component_health import ComponentHealth, Components, asked
from bot.web.console.cached_answer import CachedAnswer

FRESH = 5.0  # seconds
CONNECT_SECONDS = 2


class HealthWatch:
    """One for each process."""

    def __init__(self, settings: Settings, components: Components) -> None:
        self._settings = settings
        self._components = components
        self._answer = CachedAnswer(self._ask, seconds=FRESH)

    def look(self) -> dict[str, ComponentHealth]:
        """What `/health` tells of the parts, and how it is with the records."""
        return self._answer.look()

    def _ask(self) -> dict[str, ComponentHealth]:
        parts = self._components.look(tells_version=False)
        return {**parts, "records": asked(self._records)}

    def _records(self) -> str:
        if not self._settings.telemetry.local_records:
            return "none are kept here (LOCAL_RECORDS)"
        if self._settings.records_url is None:
            return "they are in the same database"
        try:
            psycopg.connect(self._settings.records_url, connect_timeout=CONNECT_SECONDS).close()
        except psycopg.OperationalError:
            raise ComponentDown("the database that keeps the records is away") from None
        return "they are in a database of their own, which answers"
