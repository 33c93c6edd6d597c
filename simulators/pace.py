"""Tells a world's messages at the speed of a clock."""

import threading
from collections.abc import Callable
from typing import BinaryIO, NamedTuple

import orjson

from lineshaft.clock import Clock
from simulators.base import SECOND_US, World

TICK_S = 0.2
LEAP_US = 60 * SECOND_US
"""The stretch computed at once when going as fast as possible: whole arrays, but bounded memory."""


class Span(NamedTuple):
    """Which stretch of a world is told, and how fast."""

    start_us: int
    """When the world began."""
    until_us: int | None
    """Where it ends; None: never."""
    speed: float
    """World seconds a second; 0: as fast as possible up to the present."""


def run(
    make: Callable[[int, int], World],
    span: Span,
    out: BinaryIO,
    clock: Clock,
    stop: threading.Event,
) -> None:
    """Write message lines until the span ends or `stop` is set.

    A world whose start lies in the past is joined at the present, unless the speed is 0: a child that was
    started again goes on, it does not tell the past twice.
    """
    speed = span.speed or 1.0
    now_us = span.start_us if span.speed == 0 else _world_us(span.start_us, speed, clock())
    world = make(span.start_us, now_us)
    while not stop.is_set() and (span.until_us is None or now_us < span.until_us):
        present_us = _world_us(span.start_us, speed, clock())
        now_us = min(present_us, now_us + LEAP_US, span.until_us or present_us)
        for message in world.step(now_us):
            body = message.body if speed == 1.0 else restamp(message.body, span.start_us, speed)
            line = {"device": message.device, "kind": message.kind, "body": body}
            out.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        out.flush()
        if now_us >= present_us:
            stop.wait(TICK_S)


def _world_us(start_us: int, speed: float, wall_us: int) -> int:
    return max(start_us, start_us + int((wall_us - start_us) * speed))


def restamp(body: dict[str, object], start_us: int, speed: float) -> dict[str, object]:
    """A body with its times moved from the world's clock to the wall clock.

    >>> restamp({"ts": 11_000, "r": [[100, 1.5]]}, 1_000_000, 10.0)
    {'ts': 2000, 'r': [[10, 1.5]]}
    """
    start_ms = start_us / 1000
    moved = dict(body)
    moved["ts"] = int(start_ms + (int(str(body["ts"])) - start_ms) / speed)
    if isinstance(rows := body.get("r"), list):
        moved["r"] = [[int(row[0] / speed), *row[1:]] for row in rows]
    for name in ("reads", "fixes", "events"):
        if isinstance(parts := body.get(name), list):
            moved[name] = [{**part, "dt": int(part["dt"] / speed)} for part in parts]
    return moved
