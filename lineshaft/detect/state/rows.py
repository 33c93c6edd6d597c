"""Arrays with one row a model, all as long as one another."""

import numpy as np


class Rows:
    """What a model remembers is in arrays, a row each; an attribute that is added is grown too."""

    def grow(self, rows: int) -> None:
        """Make room for at least so many; a fifth more at once, for memory is what a machine costs."""
        arrays = {name: old for name, old in vars(self).items() if isinstance(old, np.ndarray)}
        have = min(len(old) for old in arrays.values())
        if rows <= have:
            return
        more = max(rows, have + have // 5, 16) - have
        for name, old in arrays.items():
            setattr(self, name, np.concatenate([old, np.zeros((more, *old.shape[1:]), old.dtype)]))
