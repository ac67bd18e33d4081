import socket
from ipaddress import ip_network

from bot.serving.connection import ClientConnection, ConnectionState
from bot.serving.connection_limits import OF_ONE_ADDRESS, ConnectionLimits

PROXY = ip_network("10.0.0.0/8")


def connect(
    places: ConnectionLimits,
    client: str,
    *,
    since: float = 0.0,
    stage: ConnectionState = ConnectionState.ARRIVING,
) -> ClientConnection:
    connection = ClientConnection(
        sock=socket.socket(),
        client=(client, 1),
        server=("127.0.0.1", 2),
        neighbour=places.neighbour((client, 1)),
        stage=stage,
        since=since,
        until=since + 1,
    )
    connection.sock.close()
    places.take(connection)
    return connection


def test_one_address_gets_so_many_places_and_its_own_longest_waiting_makes_room() -> None:
    places = ConnectionLimits(1000, [PROXY])
    connect(places, "192.0.2.1", since=1.0)
    crowd = [connect(places, "192.0.2.2", since=5.0 + n) for n in range(OF_ONE_ADDRESS)]
    assert places.has_room("192.0.2.1")
    assert not places.has_room("192.0.2.2")
    assert places.longest_waiting("192.0.2.2") is crowd[0]
    places.leave(crowd[0])
    assert places.has_room("192.0.2.2")


def test_proxies_that_the_settings_name_and_what_has_no_address_are_not_counted() -> None:
    places = ConnectionLimits(1000, [PROXY])
    for number in range(2 * OF_ONE_ADDRESS):
        connect(places, f"10.0.0.{number % 7}")
    assert places.has_room(places.neighbour(("10.0.0.1", 1)))
    assert places.neighbour("") == places.neighbour(b"") == ""


def test_an_address_of_ipv6_is_its_network_and_a_mapped_one_the_address_in_it() -> None:
    places = ConnectionLimits(1000, [PROXY])
    for number in range(OF_ONE_ADDRESS):
        connect(places, f"2001:db8::{number:x}")
    assert not places.has_room(places.neighbour(("2001:db8::ffff:1", 1, 0, 0)))
    assert places.has_room(places.neighbour(("2001:db8:0:1::1", 1, 0, 0)))
    assert places.neighbour(("::ffff:10.1.1.1", 1, 0, 0)) == ""


def test_when_all_places_are_taken_who_is_served_stays() -> None:
    places = ConnectionLimits(3, [])
    served = connect(places, "192.0.2.1", since=1.0, stage=ConnectionState.SERVED)
    sending = connect(places, "192.0.2.2", since=3.0, stage=ConnectionState.SENDING)
    idle = connect(places, "192.0.2.3", since=2.0, stage=ConnectionState.IDLE)
    assert not places.has_room("192.0.2.4")
    for expected in (idle, sending, None):
        assert places.longest_waiting("192.0.2.4") is expected
        if expected:
            places.leave(expected)
    assert [*places] == [served]
