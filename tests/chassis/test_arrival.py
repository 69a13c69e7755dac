"""When a server may stop waiting for a request: not a byte too early, and never in vain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.arrival import Arrival
from chassis.patience import HEAD_BYTES

LIMIT = 100
HEAD = b"POST /laptops HTTP/1.1\r\nHost: a\r\n"
GET = b"GET /laptops HTTP/1.1\r\nHost: a\r\n\r\n"


def with_length(body: bytes) -> bytes:
    return HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body


def in_chunks(body: bytes, size: int) -> bytes:
    parts = [body[i : i + size] for i in range(0, len(body), size)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


def arrived(*pieces: bytes) -> Arrival:
    arrival = Arrival(max_body_bytes=LIMIT)
    for piece in pieces:
        arrival.feed(piece)
    return arrival


REQUESTS = st.one_of(
    st.just(GET),
    st.binary(max_size=LIMIT).map(with_length),
    st.builds(in_chunks, st.binary(max_size=LIMIT), st.integers(1, LIMIT)),
)


@given(request=REQUESTS, data=st.data())
def test_a_request_is_complete_with_its_last_byte(request: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(request) - 1))

    arrival = arrived(request[:cut])
    assert not arrival.complete
    arrival.feed(request[cut:])
    assert (arrival.complete, arrival.spoilt, bytes(arrival.received)) == (True, False, request)


@given(request=REQUESTS)
def test_however_it_is_cut_up(request: bytes) -> None:
    whole = arrived(*(bytes([byte]) for byte in request))

    assert (whole.complete, whole.spoilt) == (True, False)


def test_what_comes_behind_a_request_spoils_nothing() -> None:
    for behind in (GET, with_length(b"x" * 10 * LIMIT), b"\0garbage"):
        arrival = arrived(GET + behind)
        assert (arrival.complete, arrival.spoilt) == (True, False)
        assert bytes(arrival.received) == GET + behind


@pytest.mark.parametrize(
    "request_",
    [
        HEAD + b"Content-Length: 101\r\n\r\n",
        HEAD + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n",
        in_chunks(b"x" * (LIMIT + 1), 7)[:-5],
        b"\0garbage\r\n\r\n",
        b"GET /" + b"x" * HEAD_BYTES,
    ],
)
def test_nothing_is_waited_for_that_can_only_be_refused(request_: bytes) -> None:
    arrival = arrived(request_)

    assert (arrival.complete, arrival.spoilt) == (True, True)


def test_a_client_that_asks_whether_to_go_on_is_told_once() -> None:
    arrival = arrived(HEAD + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")

    assert [arrival.take_continue(), arrival.take_continue()] == [True, False]
