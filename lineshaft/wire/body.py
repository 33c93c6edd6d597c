"""From bytes to a JSON object: what all kinds check before they look at their own fields."""

import msgspec

from lineshaft.wire.rejected import Rejected

VERSION = 1

_ANY = msgspec.json.Decoder()
JSON_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""All that msgspec raises on bytes that are not the JSON asked for; deep nesting gives a RecursionError."""


def parse(body: bytes) -> object | Rejected:
    """The JSON value of a body, integers exact; Rejected as `utf8`, `json` or `number` where it has none."""
    try:
        value: object = _ANY.decode(body)
    except JSON_ERRORS as error:
        return why_not_json(body, error)
    return value


def why_not_json(body: bytes, error: Exception) -> Rejected:
    """The code for a body that did not parse; the text's encoding comes first."""
    if body.startswith(b"\xef\xbb\xbf"):
        return Rejected("utf8", "starts with a byte order mark")
    try:
        body.decode()
    except UnicodeDecodeError as fault:
        return Rejected("utf8", f"byte {fault.start}: {fault.reason}")
    if isinstance(error, RecursionError):
        return Rejected("json", "nested too deeply")
    code = "number" if "out of range" in str(error) else "json"
    return Rejected(code, str(error)[:300])


def check_version(body: dict[str, object]) -> Rejected | None:
    """A body may leave its version out, for the topic says it; a version it does say must be ours."""
    version = body.get("v", VERSION)
    if type(version) is int and version == VERSION:
        return None
    return Rejected("version", f"v is {version!r:.64}, this server knows {VERSION}")
