"""Keeps out of the outbox what the broker would drop the connection for, again at each try."""

from edge.frame import Frame
from lineshaft.wire.limits import BODY_BYTES
from lineshaft.wire.topics import KINDS, LEVEL


def fault_of(frame: Frame) -> str:
    """Why a frame cannot be sent; empty when it can.

    >>> fault_of(Frame("press 1", "m", b"{}"))
    "'press 1' is no device"
    """
    if not LEVEL.fullmatch(frame.device):
        return f"{frame.device[:64]!r} is no device"
    if frame.kind not in KINDS:
        return f"{frame.kind[:64]!r} is no kind of message"
    if len(frame.body) > BODY_BYTES:
        return f"{len(frame.body)} bytes, at most {BODY_BYTES}"
    return ""
