"""Health of a machine, 0 to 100: one minus its worst piece of evidence, so that each figure can be explained.

Evidence is three numbers from 1 (nothing against it) down to 0, and health is a hundred times the least:

- the detector: 1 up to a score of 0.5 (one window in a thousand by chance), falling to 0 at a score of 1,
  of the score smoothed over some six windows, so that one odd window is not a sick machine;
- the vibration zone: A 1, B 0.9, C 0.5, D 0.2, unmeasured 1;
- the limits of the plant description: within 1, beyond an inner limit 0.6, beyond an outer one 0.3.
"""

import numpy as np

from lineshaft.detect.state.rows import within
from lineshaft.domain.readings import Bytes8, Floats

SMOOTHING = 0.3
"""Weight of the newest score."""
ZONE_EVIDENCE = np.array([1.0, 1.0, 0.9, 0.5, 0.2])
"""By zone: not measured, A, B, C, D."""
LIMIT_EVIDENCE = np.array([1.0, 0.6, 0.3])
"""By limits passed: none, inner, outer."""


def health(score: Floats, zone: Bytes8, beyond: Bytes8) -> Floats:
    """Health of machines.

    Args:
        score: the detector's, smoothed.
        zone: 0 not measured, 1 A … 4 D.
        beyond: 0 within its limits, 1 beyond an inner one, 2 beyond an outer one.

    >>> health(np.array([0.2, 0.75, 0.1]), np.array([1, 2, 3]), np.array([0, 0, 1])).tolist()
    [100.0, 50.0, 50.0]
    """
    odd = 1.0 - within((score - 0.5) / 0.5, 0.0, 1.0)
    return np.asarray(100.0 * np.minimum(odd, np.minimum(ZONE_EVIDENCE[zone], LIMIT_EVIDENCE[beyond])))
