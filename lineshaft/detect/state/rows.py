"""Arrays with one row a model, all as long as one another."""

import numpy as np


class Rows:
    """What a model remembers is in arrays, a row each, of its own and of its parts; all grow together."""

    def grow(self, rows: int) -> None:
        """Make room for at least so many; a fifth more at once, for memory is what a machine costs."""
        for name, old in vars(self).items():
            if isinstance(old, Rows):
                old.grow(rows)
            elif isinstance(old, np.ndarray) and len(old) < rows:
                more = max(rows, len(old) + len(old) // 5, 16) - len(old)
                setattr(self, name, np.concatenate([old, np.zeros((more, *old.shape[1:]), old.dtype)]))
