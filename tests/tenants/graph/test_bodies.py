"""Bodies: a JSON object or nothing, never beyond a bound."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.tenants.graph.bodies import TooLong, gather, parse, without


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"<html><body>502 Bad Gateway</body></html>",
        b'{"a":',
        b'{"a":1}{"b":2}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":"\xff"}',
        '{"a":1}'.encode("utf-16"),
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a":' + b"9" * 10_000 + b"}",
    ],
)
def test_anything_but_a_json_object_is_nothing(raw: bytes) -> None:
    assert parse(raw) is None


def test_a_mark_at_the_beginning_is_passed_over() -> None:
    assert parse(b'\xef\xbb\xbf{"a":1}') == {"a": 1}


def test_halves_of_characters_are_replaced_and_whole_ones_kept() -> None:
    raw = rb'{"a":"\ud83d\ude00 \ud800 \\ud800","\udc00":["\uDFFF"]}'
    assert parse(raw) == {"a": "😀 ? \\ud800", "?": ["?"]}


def test_no_depth_ends_the_program() -> None:
    raw = b'{"a":"\\ud800","b":' + b"[" * 400 + b"]" * 400 + b"}"
    assert parse(raw) is not None


@settings(max_examples=40)
@given(
    st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text() | st.lists(st.floats(-1, 1)), max_size=5)
)
def test_what_is_json_comes_as_it_is(value: dict[str, object]) -> None:
    assert parse(json.dumps(value).encode()) == value


@given(st.binary())
def test_no_bytes_raise(raw: bytes) -> None:
    parse(raw)
    parse(b'{"a":' + raw)


def test_pieces_are_joined_up_to_a_bound() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"abc"
        yield b"def"

    async def main() -> None:
        assert await gather(pieces(), 6) == b"abcdef"
        with pytest.raises(TooLong):
            await gather(pieces(), 5)

    asyncio.run(main())


def test_a_token_that_is_sent_back_is_taken_out() -> None:
    token = "eyJ0eXAiOiJKV1QiLCJhbGci"
    raw = f'{{"error": {{"message": "You sent Authorization: Bearer {token}, and {token}"}}}}'.encode()
    assert parse(without(token, raw)) == {"error": {"message": "You sent Authorization: Bearer [token], and [token]"}}
    assert without("a", raw) == raw
