"""T5: the table of times, by the wire contract: unreadable or outside 2000 to 2100 is `bad_ts`."""

import pytest

from lineshaft.domain.readings import Batch, Flag
from lineshaft.wire import codec
from lineshaft.wire.rejected import Rejected

NOW_MS = 1_790_000_000_000
GOOD, AHEAD, BAD, BROKEN = "good", "good, flagged", "bad_ts", "json"

TABLE = {
    "now": (str(NOW_MS), GOOD),
    "with a fraction": (f"{NOW_MS}.25", GOOD),
    "as a float": ("1.79e12", GOOD),
    "2000": ("946684800000", GOOD),
    "five minutes ahead": (str(NOW_MS + 300_000), GOOD),
    "a little more": (str(NOW_MS + 300_001), AHEAD),
    "2099": ("4102444799999", AHEAD),
    "1999": ("946684799999", BAD),
    "2100": ("4102444800000", BAD),
    "negative": ("-1", BAD),
    "zero": ("0", BAD),
    "seconds": (str(NOW_MS // 1000), BAD),
    "microseconds": (str(NOW_MS * 1000), BAD),
    "nanoseconds": (str(NOW_MS * 1_000_000), BAD),
    "year 9999": ("253402300799000", BAD),
    "year 0": ("-62167219200000", BAD),
    "huge": ("1e300", BAD),
    "null": ("null", BAD),
    "true": ("true", BAD),
    "a text": ('"1790000000000"', BAD),
    "ISO": ('"2026-09-21T13:33:20Z"', BAD),
    "leap second": ('"2016-12-31T23:59:60Z"', BAD),
    "a list": ("[1790000000000]", BAD),
    "NaN": ("NaN", BROKEN),
    "infinity": ("Infinity", BROKEN),
    "beyond a float": ("1e999", "number"),
}
SHAPES = (
    '{"v":1,"ts":%s,"n":["a"],"r":[[0,1]]}',
    '{"ts":%s,"values":{"a":1}}',
)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("ts", "verdict"), TABLE.values(), ids=TABLE)
def test_t5_a_time_is_taken_flagged_or_refused(shape: str, ts: str, verdict: str) -> None:
    [found] = codec.decode("lineshaft/v1/s/a/d/m", (shape % ts).encode(), "", NOW_MS * 1000)
    if isinstance(found, Rejected):
        assert found.code == verdict
    else:
        assert isinstance(found, Batch)
        assert verdict == (AHEAD if found.flags[0] & Flag.CLOCK_BAD else GOOD)
        assert found.ts_us[0] == round(float(ts) * 1000)
