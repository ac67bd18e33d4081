"""How many connections may be open, in all and of one address, and which one makes room.

Nobody is kept out by those who only hold a connection: who has waited longest without being served
goes when a new one comes.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from bot.serving.connection import ClientConnection, ConnectionState
from bot.web.client_address import Network, network_of

# A browser opens six; behind one address can be a household or the customers of a whole provider.
OF_ONE_ADDRESS = 128


class OpenConnections:
    """The connections that are open, with the number of those of each address."""

    def __init__(self, total: int, proxies: Sequence[Network]) -> None:
        self._total = total
        self._proxies = proxies
        self._taken: set[ClientConnection] = set()
        self._of: Counter[str] = Counter()

    def __iter__(self) -> Iterator[ClientConnection]:
        """All that are open; some may leave meanwhile."""
        return iter(tuple(self._taken))

    def __len__(self) -> int:
        return len(self._taken)

    def client_network(self, client: object) -> str:
        """Whose connections one from `client`, a socket's address, is counted with."""
        return network_of(str(client[0]), self._proxies) if isinstance(client, tuple) else ""

    def has_room(self, client_network: str) -> bool:
        """Whether there is a place for one more of `client_network`."""
        return len(self._taken) < self._total and not self.is_crowded(client_network)

    def is_crowded(self, client_network: str) -> bool:
        """Whether one address has as many connections as it may have."""
        return bool(client_network) and self._of[client_network] >= OF_ONE_ADDRESS

    def longest_waiting(
        self, client_network: str, *, holding: bool = False
    ) -> ClientConnection | None:
        """Who makes room for one more of `client_network`; None if all are being served.

        With `holding` it is one for whom bytes are kept.
        """
        same = self.is_crowded(client_network)
        candidates = (
            connection
            for connection in self._taken
            if connection.state is not ConnectionState.SERVED
            and (not same or connection.client_network == client_network)
            and (not holding or connection.held)
        )
        return min(candidates, key=lambda connection: connection.since, default=None)

    def take(self, connection: ClientConnection) -> None:
        """Count one in."""
        self._taken.add(connection)
        self._of[connection.client_network] += 1

    def leave(self, connection: ClientConnection) -> None:
        """Count one out."""
        self._taken.discard(connection)
        self._of[connection.client_network] -= 1
        if not self._of[connection.client_network]:
            del self._of[connection.client_network]
