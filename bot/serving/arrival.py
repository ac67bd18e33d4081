"""One HTTP request while its bytes arrive: whether it is complete, and where it ends.

What is read here is the framing alone; what a request means, and most of what is wrong with it, is
told by the server's own parser once it is complete. Where the two might differ, the framing is
called unclear and the connection ends with the answer, so that nothing behind it is taken for
another request.
"""

import re
from enum import Enum, auto

HEAD_LIMIT = 32 * 1024  # bytes
# Of a body, decoded. More than any part of the product reads, so that no thread waits for the rest
# of a body that is too large.
BODY_LIMIT = 72 * 1024  # bytes
COOKIES_LIMIT = 8_000  # bytes; a little less than the server's parser takes of one line
CHUNKED_LIMIT = 4 * BODY_LIMIT  # bytes of a chunked body with all that is around its chunks

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"[0-9]{1,15}")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,12})[ \t]*(?:;.*)?")
_CHUNK_LINE_LIMIT = 1024  # bytes


class ArrivalState(Enum):
    """How far a request has arrived."""

    PARTLY = auto()
    WHOLLY = auto()
    ENOUGH = auto()  # its body is larger than what is collected of one
    HEAD_TOO_LARGE = auto()
    BODY_TOO_LARGE = auto()
    MALFORMED = auto()


class Arrival:
    """Takes in pieces of a request; what follows its end belongs to the next one."""

    def __init__(self, begun: bytes = b"") -> None:
        self.state = ArrivalState.PARTLY
        self.awaits_continue = False  # its body is sent only when it is told to go on
        self.is_clear = True  # where it ends is beyond doubt
        self.host = self.target = ""  # as it names them, once its head has arrived
        self._data = bytearray()
        self._body = 0  # where it begins; 0 until the head has arrived
        self._end = 0  # where the request ends, or the next chunk begins
        self._is_chunked = False
        self._decoded = 0  # bytes of the chunks that have arrived
        self._in_trailers = False
        self.add(begun)

    def __len__(self) -> int:
        """How many bytes have arrived."""
        return len(self._data)

    @property
    def request(self) -> bytes:
        """The request, as far as it has arrived."""
        return bytes(self._data[: self._end] if self.state is ArrivalState.WHOLLY else self._data)

    @property
    def rest(self) -> bytes:
        """What came behind a request that has arrived wholly."""
        return bytes(self._data[self._end :])

    @property
    def is_full_of_cookies(self) -> bool:
        """Whether its cookies are more than fit into a request."""
        head = bytes(self._data).partition(_END_OF_HEAD)[0]
        cookies = (line for line in head.split(b"\r\n") if line[:7].lower() == b"cookie:")
        return any(len(line) > COOKIES_LIMIT for line in cookies)

    def add(self, piece: bytes) -> None:
        """Take in what came next."""
        if not self._data:
            piece = piece.lstrip(b"\r\n")  # some send an empty line behind a request
        searched = max(0, len(self._data) - len(_END_OF_HEAD) + 1)
        self._data += piece
        if not self._body:
            self._find_head(searched)
        if self._body:
            self.state = self._follow_chunks() if self._is_chunked else self._measure_body()

    def _find_head(self, searched: int) -> None:
        end = self._data.find(_END_OF_HEAD, searched)
        if (len(self._data) if end < 0 else end) > HEAD_LIMIT:
            self.state = ArrivalState.HEAD_TOO_LARGE
        elif end >= 0:
            self._body = self._end = end + len(_END_OF_HEAD)
            self._read_framing(bytes(self._data[:end]))

    def _read_framing(self, head: bytes) -> None:
        first, *lines = head.split(b"\r\n")
        named: dict[bytes, list[bytes]] = {}
        for line in lines:
            name, _, value = line.partition(b":")
            named.setdefault(name.lower(), []).append(value.strip(b" \t"))
        lengths, codings = named.get(b"content-length", []), named.get(b"transfer-encoding", [])
        match lengths, [coding.lower() for coding in codings]:
            case [], []:
                pass
            case [length], [] if _LENGTH.fullmatch(length):
                self._end += int(length)
            case [], [b"chunked"]:
                self._is_chunked = True
            case _:
                self.is_clear = False
        self.awaits_continue = named.get(b"expect", [b""])[0].lower() == b"100-continue"
        self.host = named.get(b"host", [b""])[0].decode("latin-1")
        self.target = b"".join(first.split(b" ")[1:2]).decode("latin-1")

    def _measure_body(self) -> ArrivalState:
        if len(self._data) >= self._end:
            return ArrivalState.WHOLLY
        return self._state_by_size(len(self._data) - self._body)

    def _follow_chunks(self) -> ArrivalState:
        while (line_end := self._data.find(b"\r\n", self._end)) >= 0:
            line = bytes(self._data[self._end : line_end])
            begin = line_end + len(b"\r\n")
            if self._in_trailers:
                self._end = begin
                if not line:
                    return ArrivalState.WHOLLY
                continue
            size = _CHUNK_SIZE.fullmatch(line)
            if size is None:
                return ArrivalState.MALFORMED
            if (length := int(size[1], 16)) == 0:
                self._in_trailers, self._end = True, begin
                continue
            if len(self._data) < begin + length + len(b"\r\n"):
                return self._state_by_size(self._decoded + len(self._data) - begin)
            if not self._data.startswith(b"\r\n", begin + length):
                return ArrivalState.MALFORMED
            self._decoded += length
            self._end = begin + length + len(b"\r\n")
        if len(self._data) - self._end > _CHUNK_LINE_LIMIT:
            return ArrivalState.MALFORMED
        return self._state_by_size(self._decoded)

    def _state_by_size(self, decoded: int) -> ArrivalState:
        """Of a body that goes on, of which so many bytes have arrived."""
        if decoded > BODY_LIMIT:
            return ArrivalState.ENOUGH
        is_padded = len(self._data) - self._body > CHUNKED_LIMIT
        return ArrivalState.BODY_TOO_LARGE if is_padded else ArrivalState.PARTLY
