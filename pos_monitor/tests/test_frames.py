"""Taking terminals' frames apart: against what the library of WebSockets makes of the same bytes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from pos_monitor.receiving.frames import MOST_KEPT, Frames


def framed(body: bytes, opcode: Opcode = Opcode.TEXT, *, fin: bool = True, is_masked: bool = True) -> bytes:
    return Frame(opcode, body, fin=fin).serialize(mask=is_masked)


def told(*pieces: bytes) -> tuple[list[bytes], bytes]:
    """-> messages, and all that went to the library."""
    frames, messages, others = Frames(), [], b""
    for piece in pieces:
        for body, is_message in frames.read(piece):
            if is_message:
                messages.append(body)
            else:
                others += body
    return messages, others


@given(st.lists(st.binary(max_size=300), max_size=6), st.lists(st.integers(0, 2_000), max_size=8))
def test_messages_come_out_as_they_went_in_however_they_are_cut(bodies, cuts):
    stream = b"".join(framed(body) for body in bodies)
    places = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})

    messages, others = told(*(stream[start:end] for start, end in pairwise(places)))

    assert messages == bodies
    assert others == b""


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536, 70_000])
def test_every_way_of_saying_a_length_is_read(length):
    assert told(framed(b"x" * length)) == ([b"x" * length], b"")


@pytest.mark.parametrize("opcode", [Opcode.PING, Opcode.PONG, Opcode.CLOSE, Opcode.BINARY])
def test_other_frames_go_to_the_library_whole_and_messages_around_them_do_not(opcode):
    other = framed(b"\x03\xe8", opcode)

    messages, others = told(framed(b"{1}") + other[:3], other[3:] + framed(b"{2}"))

    assert messages == [b"{1}", b"{2}"]
    assert others == other


@pytest.mark.parametrize(
    "first",
    [framed(b"{", fin=False), framed(b"{}", is_masked=False), b"\xc1" + framed(b"{}")[1:]],
    ids=["parts", "bare", "packed"],
)
def test_what_breaks_the_rules_or_comes_in_parts_is_the_librarys_to_judge(first):
    assert told(first)[0] == []
    assert told(first)[1] == first


def test_a_message_in_parts_leaves_nothing_of_it_behind():
    parts = framed(b"{", fin=False) + framed(b"}", Opcode.CONT)

    later = framed(b"{2}")

    assert told(parts[:5], parts[5:], later) == ([], parts + later)


def test_a_long_frame_that_comes_slowly_is_not_copied_again_and_again():
    long = framed(b"x" * (MOST_KEPT + 100))

    messages, others = told(long[:1_000], long[1_000:2_000], long[2_000:])

    assert messages == []
    assert others == long
