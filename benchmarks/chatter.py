"""What suggested settings save on tags that chatter: `python -m benchmarks.chatter [--tags 20] [--hours 24]`.

Each tag wanders around its limit with the noise of a cheap sensor, and has a few true excursions, planted and
known. The suggestion is made from the first half of its history and held against the second half.
"""

import argparse
import sys

import numpy as np

from lineshaft.domain.calming import suggest
from lineshaft.domain.readings import Floats, Ints64
from lineshaft.domain.rules.delays import Limits
from lineshaft.domain.rules.raising import Settings, annunciations

LIMIT = 75.0
SECOND_US = 1_000_000
LATE_US = 60 * SECOND_US


def fixture(seed: int, hours: float) -> tuple[Ints64, Floats, list[tuple[int, int]]]:
    """Readings at 1 Hz that chatter around 75, and where it really was too hot: instants, values, spans."""
    chance = np.random.default_rng(seed)
    count = int(hours * 3600)
    slow = np.cumsum(chance.normal(0.0, 0.02, count))
    slow = 0.6 * (slow - np.linspace(slow[0], slow[-1], count)) / max(float(slow.std()), 1e-9)
    value = LIMIT - 1.0 + slow + chance.normal(0.0, 0.35, count)
    planted = []
    for at in range(1800, count - 900, 5400):
        begin = at + int(chance.integers(0, 900))
        value[begin : begin + 600] += 6.0
        planted.append((begin * SECOND_US, (begin + 599) * SECOND_US))
    return np.arange(count, dtype=np.int64) * SECOND_US, value, planted


def main(arguments: list[str] | None = None) -> int:
    """Print a line a tag and the sums; 1 where a claim does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chatter", description=__doc__.split("\n")[0])
    parser.add_argument("--tags", type=int, default=20)
    parser.add_argument("--hours", type=float, default=24.0)
    options = parser.parse_args(arguments)
    now = Settings(Limits(above=True, limits=(LIMIT,)))
    calls, after_calls, missed, worst_s, true = 0, 0, 0, 0.0, 0
    for seed in range(options.tags):
        ts_us, value, planted = fixture(seed, options.hours)
        half = len(ts_us) // 2
        found = suggest(ts_us[:half], value[:half], now)
        settings = found.settings if found else now
        before = annunciations(ts_us[half:], value[half:], now).calls
        told = annunciations(ts_us[half:], value[half:], settings)
        late = [
            _late_us(begin, end, told.raised_us, told.cleared_us)
            for begin, end in planted
            if begin >= ts_us[half]
        ]
        known = [one for one in late if one is not None]
        calls, after_calls, true = calls + before, after_calls + told.calls, true + len(late)
        missed += len(late) - len(known)
        worst_s = max(worst_s, *(one / SECOND_US for one in known), 0.0)
        delay, deadband = settings.delay, settings.limits.deadband
        print(
            f"{seed:>3}: {before:>5} -> {told.calls:>3} calls; deadband {deadband:g}, on {delay.on_s:g} s,"
            f" off {delay.off_s:g} s; {len(known)} of {len(late)} true alarms"
        )
    saved = 1 - after_calls / calls if calls else 0.0
    print(
        f"{calls} -> {after_calls} calls ({saved:.1%} fewer); {missed} of {true} true alarms missed;"
        f" latest {worst_s:.0f} s after its beginning"
    )
    return 0 if saved >= 0.9 and not missed and worst_s <= LATE_US / SECOND_US else 1


def _late_us(begin: int, end: int, raised: Ints64, cleared: Ints64) -> int | None:
    holds = (raised <= end) & ((cleared < 0) | (cleared > begin))
    return max(int(raised[holds].min()) - begin, 0) if holds.any() else None


if __name__ == "__main__":
    sys.exit(main())
