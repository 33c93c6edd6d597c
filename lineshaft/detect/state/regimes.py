"""When a machine settles at another level: a changepoint, be it a fault's beginning, its height or its end.

The smoothed values are held against those since the last change, in standard deviations of what is usual; no
limits and no episodes. (A two-sided test of means with a growing reference: Basseville and Nikiforov,
Detection of Abrupt Changes, 1993, chapter 2.)
"""

import numpy as np

from lineshaft.detect.state.base import Bools
from lineshaft.detect.state.baseline import WARM
from lineshaft.detect.state.rows import Rows, put, some
from lineshaft.domain.readings import Floats, Ints32, Ints64

FAR = 9.0
"""Square of standard deviations that are a change; more where more features are looked at."""
LEAST = 40
"""Windows between two changes of a row."""
MEMORY = 120


class Regimes(Rows):
    """Where a row was since its last change: 8 bytes a feature."""

    def __init__(self, features: int) -> None:
        self.anchor = np.zeros((0, features))
        self.since = np.zeros(0, np.int64)
        self.far = FAR + 2.0 * np.log(features)

    def look(self, row: Ints32, smoothed: Floats, scale: Floats, windows: Ints64) -> Bools:
        """Whether a change shows in these windows; changes nothing.

        Args:
            row: of each window.
            smoothed: (windows, features).
            scale: usual standard deviation of those.
            windows: how many each row had before.
        """
        off = (smoothed - some(self.anchor, row, smoothed.shape[1])) / scale
        far = np.maximum.reduce(off * off, axis=1) > self.far
        return np.asarray(far & (self.since[row] >= LEAST) & (windows >= 2 * WARM))

    def learn(self, row: Ints32, smoothed: Floats, changed: Bools) -> None:
        """Go on by a window."""
        since = np.where(changed, 0, self.since[row])
        anchor = some(self.anchor, row, smoothed.shape[1])
        share = 1.0 / np.minimum(np.maximum(since, 1), MEMORY)
        put(self.anchor, row, anchor + share[:, None] * (smoothed - anchor))
        self.since[row] = since + 1
