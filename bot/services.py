"""What every job needs: the settings, the database and the two remote services."""

import asyncio
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.builds.ownership_watch import OwnershipWatch
from bot.mcp.servers import McpServers
from bot.settings.groups import Settings

if TYPE_CHECKING:  # who only names the services, as the stand-in does, is spared their SDKs
    from bot.model.client import ModelClient
    from bot.twilio.client import TwilioGateway

BROWSERS = 2  # of one worker process at once
MEDIA = 3  # files of users that one worker process opens at once


@dataclass(frozen=True, kw_only=True)
class Services:
    """Made once per worker process and handed to each job.

    `draining` is set when the process stops: work is put aside at its next boundary. `browsers`
    lets only so many apps be tried at once, because each takes a processor; `media` lets only so
    many files of users be opened, because each takes memory.
    """

    settings: Settings
    pool: AsyncConnectionPool[AsyncConnection]
    model: "ModelClient"
    twilio: "TwilioGateway"
    mcp: McpServers = field(default_factory=McpServers)
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    browsers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(BROWSERS))
    media: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MEDIA))

    @cached_property
    def ownership(self) -> OwnershipWatch:
        """Who notices that a build in this process's hands was stopped or taken over."""
        return OwnershipWatch(self.pool)
