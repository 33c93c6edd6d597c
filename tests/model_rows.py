"""Models that answer a known probability, and the control rows that bring them: for tests of the flow."""

import base64
import hashlib
import json

import numpy as np

from lineshaft.detect.prognosis.failure import FailureModel, Trees, pack

DAY_S, WEEK_S = 86_400.0, 604_800.0


def saying(p: float, above: float | None = None, column: str = "score_10m") -> FailureModel:
    """A model that says `p` within a day; with `above`, only where a column is, else next to nothing."""
    odds = float(np.log(p / (1 - p)))
    if above is None:
        leaves = ([0], [0.0], [False], [0], [0], [odds])
    else:
        leaves = ([0, 0, 0], [above, 0.0, 0.0], [True] * 3, [1, 1, 2], [2, 1, 2], [0.0, -9.0, odds])
    feature, threshold, missing, left, right, value = map(np.array, leaves)
    trees = Trees(
        feature.astype(np.int32), threshold.astype(np.float64), missing.astype(np.bool_),
        left.astype(np.int32), right.astype(np.int32), value.astype(np.float64),
        np.zeros(1, np.int32), 0.0, int(above is not None),
    )  # fmt: skip
    return FailureModel((column,), (), (DAY_S, WEEK_S), (trees, trees), ((1.0, 0.0), (1.0, 0.5)), {})


def row(model: FailureModel | None = None, **more: object) -> bytes:
    """The body of a row `_/model`."""
    packed = pack(model or saying(0.9))
    told = {
        "name": "failure",
        "kind": "*",
        "version": 1,
        "role": "champion",
        "sha256": hashlib.sha256(packed).hexdigest(),
        "threshold": 0.5,
        "artefact": base64.b64encode(packed).decode(),
    }
    return json.dumps(told | more).encode()
