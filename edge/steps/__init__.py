"""What each frame passes between its source and the outbox, in order; a step says why one is kept out."""

from collections.abc import Callable

from edge.frame import Frame
from edge.steps import fits

STEPS: tuple[Callable[[Frame], str], ...] = (fits.fault_of,)
