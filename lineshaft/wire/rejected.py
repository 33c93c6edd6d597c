"""Why a message or a reading is set aside: the complete list of codes.

Decoding never raises on what a device sent; it returns a `Rejected`, which ends in the dead letters.
"""

from dataclasses import dataclass

CODES = {
    "topic": "the topic is not of the contract",
    "envelope": "the message's envelope is incomplete or out of range",
    "agent_mismatch": "the envelope names another agent than the topic",
    "oversize": "the body is larger than the contract allows",
    "encoding": "the body's compression is unknown, broken, or unpacks to more than 1 MiB",
    "utf8": "the body is not UTF-8 text, or starts with a byte order mark",
    "json": "the body is not JSON (NaN and infinity are not JSON)",
    "shape": "the JSON is not of the shape its kind asks for",
    "version": "the message says a version this server does not know",
    "kind": "the kind is unknown",
    "type": "a value is of the wrong type",
    "number": "a number is not finite or beyond 1e15, or an integer is beyond 2^53",
    "name": "a signal's name is not allowed",
    "text": "a text is too long or holds a NUL",
    "too_many": "more rows or names than the contract allows",
    "bad_ts": "a time is missing, unreadable, or outside 2000 to 2100",
    "epc": "an EPC is not 8 to 128 hex digits of even number",
    "position": "a latitude or longitude is out of range",
    "no_fix": "a position of 0,0 without a fix",
    "jammed": "the tracker says that its receiver is disturbed; the fix is stored, and not believed",
    "retained_cmd": "a command was retained",
    "conflict": "a reading contradicts an earlier one of the same signal and time",
    "cardinality": "the device has more signals than it may",
    "rate": "the agent sends faster than it may",
    "internal": "a step failed on this message; the log has the trace",
}
"""Code → what it means. The code is the contract; the text is for people."""


@dataclass(slots=True, frozen=True)
class Rejected:
    """A message, or some readings of one, that cannot be used."""

    code: str
    detail: str
    """What was expected and what came, for the person who mends the device."""
    readings: int = 0
    """How many readings are set aside with it, where that is known."""
