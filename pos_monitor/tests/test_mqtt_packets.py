"""The bridge's own reading of MQTT, where a real broker would not take it: packets in pieces, and broken ones."""

from __future__ import annotations

import pytest

from pos_monitor.receiving import mqtt_packets as packets
from pos_monitor.receiving.mqtt_acks import runs


def pieces(data):
    """Every packet's first byte and body that `split` finds."""
    found, at = [], 0
    while (one := packets.split(data, at)) is not None:
        found.append((data[at], data[one[0] : one[1]]))
        at = one[1]
    return found, data[at:]


def test_packets_are_told_apart_wherever_the_network_cuts_them():
    whole = packets.publish(packets.topic_field("pos/a/up"), b"x" * 300) + packets.PING
    first, _ = pieces(whole)

    for cut in range(len(whole)):
        early, rest = pieces(whole[:cut])
        late, nothing = pieces(rest + whole[cut:])
        assert early + late == first
        assert nothing == b""


@pytest.mark.parametrize(
    ("packet_id", "properties"),
    [(b"", b"\0"), (b"\0\x07", b"\0"), (b"", b"\x05\x26\0\0\0\0"), (b"\0\x07", b"\x80\x01" + b"p" * 128)],
)
def test_topic_and_body_are_found_whatever_stands_between(packet_id, properties):
    kind = 0x32 if packet_id else 0x30
    data = packets.topic_field("pos/a/up") + packet_id + properties + b"body"

    assert packets.read_publish(data, kind, 0, len(data)) == (b"pos/a/up", b"body")


def test_a_length_that_never_ends_is_refused():
    with pytest.raises(packets.Malformed):
        packets.split(b"\x30\xff\xff\xff\xff\xff", 0)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([(1, 5)], [(1, 5, 5)]), ([(1, 5), (1, 6), (1, 7)], [(1, 5, 7)]), ([(1, 7), (1, 5), (1, 6)], [(1, 5, 7)]), ([(1, 5), (1, 7)], [(1, 5, 5), (1, 7, 7)]),
        ([(1, 9), (2, 1), (2, 2)], [(1, 9, 9), (2, 1, 2)]), ([(1, 5), (1, 5)], [(1, 5, 5)]),
    ],
)  # fmt: skip
def test_an_acknowledgement_names_no_report_that_is_not_stored(names, expected):
    assert list(runs(names)) == expected
