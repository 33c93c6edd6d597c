"""What is planted on trucks is found by the shard's step, and nothing of the others is."""

import orjson

from lineshaft.domain.plant import Plant
from lineshaft.store.journal import CONTROL_SHARD, Row
from simulators import strays
from simulators.base import SECOND_US
from simulators.fleet import TRUCKS, Fleet
from stream.chunk import Chunk
from stream.steps.shard import ShardState

START = 1_795_294_800 * SECOND_US
HOUR = 3600 * SECOND_US


def told() -> tuple[set[str], set[str]]:
    """Trucks whose fixes were odd for a jump, and for a jammed receiver, in an hour of the world."""
    world, state, jumps, jams, pos = Fleet(7, START, START), ShardState(3), set[str](), set[str](), 0
    assert Plant().vehicles == ()
    for minute in range(1, 61):
        rows = []
        for message in world.step(START + minute * 60 * SECOND_US):
            pos += 1
            topic = f"lineshaft/v1/hangzhou/{message.device}/{message.device}/{message.kind}"
            place = ("hangzhou", message.device)
            body = orjson.dumps(message.body)
            rows.append(Row(pos, 3, message.sent_us, *place, "b", 0, pos, topic, None, body))
        pos += 1
        rows.append(
            Row(pos, CONTROL_SHARD, START + minute * 60 * SECOND_US, *[None] * 5, "_/tick", None, b"")
        )
        bundle = state.step(Chunk(3, rows[0].pos, pos, rows))
        jumps |= {key.agent for key in bundle.counts if key.code == "fix_jump"}
        jams |= {key.agent for key in bundle.counts if key.code == "fix_jammed"}
    return jumps, jams


def test_planted_jumps_and_jams_are_found_on_their_trucks_alone() -> None:
    planted = list(strays.between(7, TRUCKS, START, START + HOUR))
    jumps, jams = told()
    assert {one.kind for one in planted} == set(strays.KINDS)
    assert jams <= {f"truck-{one.truck + 1:02}" for one in planted if one.kind == "jam"}
    assert jumps <= {f"truck-{one.truck + 1:02}" for one in planted if one.kind == "jump"}
    assert len(jams) >= 1
    assert len(jumps) >= 1


def test_sound_trucks_stay_sound() -> None:
    assert not {one.truck for one in strays.between(7, TRUCKS, START, START + 24 * HOUR)} & strays.SOUND
