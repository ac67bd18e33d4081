"""What every job needs: the settings, the database and the two remote services."""

from dataclasses import dataclass

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.delivery.gateway import TwilioGateway
from bot.model.client import ModelClient
from bot.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Services:
    """Made once per worker process and handed to each job."""

    settings: Settings
    pool: AsyncConnectionPool[AsyncConnection]
    model: ModelClient
    twilio: TwilioGateway
