import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.serving.arrival import BODY_LIMIT, HEAD_LIMIT, Arrival, ArrivalState
from bot.web.answers import MAX_BODY

HEAD = b"POST /path?x=1 HTTP/1.1\r\nHost: a.example\r\n"
PLAIN = b"GET / HTTP/1.1\r\n\r\n"
NEXT = b"GET /next HTTP/1.1\r\n\r\n"


def with_length(body: bytes) -> bytes:
    return HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body


def in_chunks(*chunks: bytes, trailers: bytes = b"") -> bytes:
    pieces = [b"%X;name=value\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks]
    framing = b"transfer-encoding: Chunked\r\n\r\n"
    return HEAD + framing + b"".join(pieces) + b"0\r\n" + trailers + b"\r\n"


bodies = st.binary(max_size=200) | st.sampled_from([b"0\r\n\r\n", b"\r\n\r\n", b"\r\n0\r\n\r\n"])
requests = (
    st.builds(with_length, bodies)
    | st.builds(
        lambda chunks, trailers: in_chunks(*filter(None, chunks), trailers=trailers),
        st.lists(bodies, max_size=4),
        st.sampled_from([b"", b"a: b\r\n", b"a: b\r\nc: d\r\n"]),
    )
    | st.just(PLAIN)
)


@given(requests, st.lists(st.integers(1, 40), max_size=30), st.sampled_from([b"", NEXT, b"\r\n"]))
@example(in_chunks(b"0\r\n\r\n"), [1] * 30, NEXT)
def test_it_has_arrived_exactly_at_its_end_however_it_is_cut(
    request: bytes, cuts: list[int], behind: bytes
) -> None:
    arrival = Arrival()
    at = 0
    for cut in [*cuts, len(request)]:
        if at + cut >= len(request):
            break
        arrival.add(request[at : at + cut])
        at += cut
        assert arrival.state is ArrivalState.PARTLY
    arrival.add(request[at:] + behind)
    assert arrival.state is ArrivalState.WHOLLY
    assert (arrival.request, arrival.rest) == (request, behind)
    assert arrival.is_clear


def test_it_tells_for_whom_it_is() -> None:
    arrival = Arrival(with_length(b"body"))
    assert (arrival.host, arrival.target) == ("a.example", "/path?x=1")
    assert (Arrival(PLAIN).host, Arrival(b"\r\n\r\n\x00\xff\r\n\r\n").target) == ("", "")


def test_empty_lines_before_a_request_are_no_part_of_it() -> None:
    arrival = Arrival(b"\r\n\r\n")
    assert not arrival
    arrival.add(PLAIN)
    assert arrival.request == PLAIN


def test_of_a_large_body_more_is_collected_than_the_product_reads() -> None:
    assert BODY_LIMIT > MAX_BODY
    for whole in (with_length(b"x" * 10**6), in_chunks(*[b"x" * 100] * 10**4)):
        arrival = Arrival()
        for at in range(0, len(whole), 1000):
            arrival.add(whole[at : at + 1000])
            if arrival.state is not ArrivalState.PARTLY:
                break
        assert arrival.state is ArrivalState.ENOUGH
        assert BODY_LIMIT < len(arrival) < 2 * BODY_LIMIT


@pytest.mark.parametrize(
    ("begun", "state"),
    [
        (HEAD + b"x" * HEAD_LIMIT, ArrivalState.HEAD_TOO_LARGE),
        (HEAD + b"x" * HEAD_LIMIT + b"\r\n\r\n", ArrivalState.HEAD_TOO_LARGE),
        (in_chunks(b"a").replace(b"1;", b"g;"), ArrivalState.MALFORMED),
        (in_chunks(b"a").replace(b"1;", b";"), ArrivalState.MALFORMED),
        (in_chunks(b"a").replace(b"1;", b"-1;"), ArrivalState.MALFORMED),
        (in_chunks(b"a").replace(b"1;", b"2;"), ArrivalState.MALFORMED),
        (in_chunks()[:-5] + b"1" * 2000, ArrivalState.MALFORMED),
        (in_chunks(trailers=b"a: b\r\n" * 100_000), ArrivalState.BODY_TOO_LARGE),
    ],
)
def test_what_can_be_no_request_is_told(begun: bytes, state: ArrivalState) -> None:
    arrival = Arrival()
    for at in range(0, len(begun), 1000):
        arrival.add(begun[at : at + 1000])
        if arrival.state is not ArrivalState.PARTLY:
            break
    assert arrival.state is state


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 1\r\nContent-Length: 1",
        b"Content-Length: 1\r\nTransfer-Encoding: chunked",
        b"Content-Length: +1",
        b"Content-Length: 1_0",
        "Content-Length: ١".encode(),
        b"Content-Length: ",
        b"Transfer-Encoding: gzip, chunked",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: identity",
    ],
)
def test_where_the_framing_is_unclear_nothing_that_follows_is_another_request(
    framing: bytes,
) -> None:
    arrival = Arrival(HEAD + framing + b"\r\n\r\n" + NEXT)
    assert arrival.state is ArrivalState.WHOLLY
    assert not arrival.is_clear


def test_a_client_that_waits_to_be_told_to_go_on_is_known() -> None:
    assert Arrival(HEAD + b"Content-Length: 5\r\nExpect: 100-Continue\r\n\r\n").awaits_continue
    assert not Arrival(with_length(b"")).awaits_continue
