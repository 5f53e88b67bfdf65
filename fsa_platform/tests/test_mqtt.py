"""MQTT through a real Mosquitto, with the configuration that docker-compose and `manage.py up` use, and paho as the terminal."""

from __future__ import annotations

import re
import time

import pytest
import redis
from django.conf import settings

from fsa_platform.tests.mqtt_world import START_S, World
from pos_monitor.estate import lifecycle, tokens
from pos_monitor.models import Terminal
from pos_monitor.receiving.mqtt_broker import BRIDGES, INFRA
from pos_monitor.tests.doors_client import stored_names
from pos_monitor.tests.estate_samples import a_terminal
from pos_monitor.tests.mqtt_client import Till

pytestmark = [pytest.mark.slow, pytest.mark.needs("mosquitto"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def till(acme):
    return a_terminal(acme)


@pytest.fixture
def world(till, tmp_path):
    world = World(tmp_path)
    yield world
    world.end()


def report(seq=1, **fields):
    return {"v": 1, "boot": 1, "seq": seq, **fields}


def test_a_till_reports_is_kept_to_its_topics_and_is_let_go_when_its_token_ends(world, till, globex):
    token = tokens.issue(terminal=till)
    other = a_terminal(globex)
    other_token = tokens.issue(terminal=other)
    world.wait_for(lambda: world.knows(till.public_id) and world.knows(other.public_id))

    one = world.lets_in(till.public_id, token)
    stranger = Till(world.port, other.public_id, token)
    assert stranger.reason.is_failure
    one.say(report(1))
    one.say([report(2), report(3, battery_percent=400), report("x")])
    faults, ack = sorted((one.hear(), one.hear()), key=lambda frame: "ack" in frame)
    assert [fault["code"] for fault in faults["faults"]] == ["value_unbelievable", "report_unnamed"]
    assert ack == {"ack": {"boot": 1, "seq": 3, "from": 1}}
    assert stored_names() == [(till.pk, 1, seq) for seq in (1, 2, 3)]

    one.say(report(9), topic=f"pos/{other.public_id}/up")
    one.listen(f"pos/{other.public_id}/down")
    assert one.hears_nothing()
    assert len(stored_names()) == 3  # nothing came of another's topic

    # Whatever a till calls itself at the broker, and whichever group it joins: nobody else is let go, or gets fewer messages.
    for name in ("bridge-1", one.name):
        thief = Till(world.port, other.public_id, other_token, client_id=name)
        assert not thief.reason.is_failure
        thief.leave()
    thief = Till(world.port, other.public_id, other_token)
    for group in ("bridge", "bridge-1", "pos"):
        thief.listen(f"$share/{group}/pos/+/up")
    for seq in range(20, 32, 3):
        one.say([report(seq), report(seq + 1), report(seq + 2)])
    acked: set[int] = set()
    while len(acked) < 12:
        ack = one.hear()["ack"]
        acked |= set(range(ack["from"], ack["seq"] + 1))
    assert acked == set(range(20, 32))
    assert one.gone.empty()
    assert world.listens(1)
    assert not world.listens(2)  # the bridge, too, is where it was
    thief.leave()

    world.kill_bridge()
    one.say(report(4))  # nobody acknowledges it
    assert one.hears_nothing()
    world.bridge = world.start_bridge()
    while not any(seq == 4 for _, _, seq in stored_names()):
        one.say([report(4), report(5), report(6)])  # so it sends again, as its protocol says
        time.sleep(0.2)
    assert one.hear()["ack"]["seq"] == 6

    redis.from_url(settings.REDIS_URL).flushdb()
    tokens.revoke(terminal=till)
    assert one.gone.get(timeout=START_S)
    assert Till(world.port, till.public_id, token).reason.is_failure
    lifecycle.move(terminal=other, to=Terminal.State.RETIRED)
    world.wait_for(lambda: not world.knows(other.public_id))


def test_the_broker_knows_the_bridges_that_there_may_be():
    assert tuple(re.findall(r"^user (\S+)$", (INFRA / "acl").read_text(), re.MULTILINE)) == BRIDGES
    assert "use_username_as_clientid true" in (INFRA / "mosquitto.conf").read_text()
