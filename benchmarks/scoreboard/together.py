"""Several series at once through the production ensemble, each a machine of its own.

What is said of a row is the same as by `stream.score.score_rows`, to the last bit (there is a test): a
machine's model shares nothing with the next one's. It is only some times quicker.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lineshaft.detect.prognosis.growth import Growth
from lineshaft.detect.state.ensemble import Teller
from lineshaft.domain.readings import Floats


class Said(NamedTuple):
    """Of each row of a series."""

    score: Floats
    """How much news it is, from 0 to below 1."""
    alarm: NDArray[np.bool_]


def score_together(
    series: Mapping[str, Floats], normal_rows: Mapping[str, int], columns: Sequence[str] = ()
) -> dict[str, Said]:
    """Judge series of (rows, features), all as wide; so many first rows are known to be normal."""
    names = sorted(series, key=lambda name: -len(series[name]))
    lengths = np.array([len(series[name]) for name in names])
    normal = np.array([normal_rows[name] for name in names])
    said = {name: Said(np.zeros(len(x)), np.zeros(len(x), np.bool_)) for name, x in series.items()}
    features = series[names[0]].shape[1]
    detector, growth = Teller(features), Growth(columns or [""] * features)
    detector.grow(len(names))
    growth.grow(len(names))
    for at in range(lengths.max(initial=0)):
        # The longest come first, so that those which have not ended are the first ones.
        going = int((lengths > at).sum())
        row, told = np.arange(going, dtype=np.int32), at < normal[:going]
        x = np.stack([series[name][at] for name in names[:going]])
        judged, news = detector.score_many(row, x), detector.news_many(row, x)
        alarm = np.where(normal[:going] > 0, judged.alarm, growth.alarm(row, x, judged))
        detector.learn_many(row, x, np.where(told, 0.0, judged.score))
        for one, name in enumerate(names[:going]):
            said[name].score[at] = news[one]
            said[name].alarm[at] = alarm[one] and not told[one]
    return said
