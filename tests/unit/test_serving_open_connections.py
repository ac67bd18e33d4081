import socket
from ipaddress import ip_network

from bot.serving.connection import ClientConnection, ConnectionState
from bot.serving.open_connections import OF_ONE_ADDRESS, OpenConnections

PROXY = ip_network("10.0.0.0/8")


def connect(
    connections: OpenConnections,
    client: str,
    *,
    since: float = 0.0,
    state: ConnectionState = ConnectionState.ARRIVING,
) -> ClientConnection:
    connection = ClientConnection(
        sock=socket.socket(),
        client=(client, 1),
        server=("127.0.0.1", 2),
        client_network=connections.client_network((client, 1)),
        state=state,
        since=since,
        until=since + 1,
    )
    connection.sock.close()
    connections.take(connection)
    return connection


def test_one_address_gets_so_many_places_and_its_own_longest_waiting_makes_room() -> None:
    connections = OpenConnections(1000, [PROXY])
    connect(connections, "192.0.2.1", since=1.0)
    crowd = [connect(connections, "192.0.2.2", since=5.0 + n) for n in range(OF_ONE_ADDRESS)]
    assert connections.has_room("192.0.2.1")
    assert not connections.has_room("192.0.2.2")
    assert connections.longest_waiting("192.0.2.2") is crowd[0]
    connections.leave(crowd[0])
    assert connections.has_room("192.0.2.2")


def test_proxies_that_the_settings_name_and_what_has_no_address_are_not_counted() -> None:
    connections = OpenConnections(1000, [PROXY])
    for number in range(2 * OF_ONE_ADDRESS):
        connect(connections, f"10.0.0.{number % 7}")
    assert connections.has_room(connections.client_network(("10.0.0.1", 1)))
    assert connections.client_network("") == connections.client_network(b"") == ""


def test_an_address_of_ipv6_is_its_network_and_a_mapped_one_the_address_in_it() -> None:
    connections = OpenConnections(1000, [PROXY])
    for number in range(OF_ONE_ADDRESS):
        connect(connections, f"2001:db8::{number:x}")
    assert not connections.has_room(connections.client_network(("2001:db8::ffff:1", 1, 0, 0)))
    assert connections.has_room(connections.client_network(("2001:db8:0:1::1", 1, 0, 0)))
    assert connections.client_network(("::ffff:10.1.1.1", 1, 0, 0)) == ""


def test_when_all_places_are_taken_who_is_served_stays() -> None:
    connections = OpenConnections(3, [])
    served = connect(connections, "192.0.2.1", since=1.0, state=ConnectionState.SERVED)
    sending = connect(connections, "192.0.2.2", since=3.0, state=ConnectionState.SENDING)
    idle = connect(connections, "192.0.2.3", since=2.0, state=ConnectionState.IDLE)
    assert not connections.has_room("192.0.2.4")
    for expected in (idle, sending, None):
        assert connections.longest_waiting("192.0.2.4") is expected
        if expected:
            connections.leave(expected)
    assert [*connections] == [served]
