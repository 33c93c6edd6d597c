"""Files of learned models, as the commands that predict read them."""

import argparse
import hashlib
from collections.abc import Callable
from typing import TypeVar

from lineshaft.detect.prognosis.failure import ModelError

Model = TypeVar("Model")


def opened(told: argparse.Namespace, unpack: Callable[[bytes], Model]) -> Model:
    """The model of `told.model`, refused where `told.sha256` is another's.

    Raises:
        ModelError: it is no such model; with the file's name.
        OSError: it cannot be read.
    """
    packed = told.model.read_bytes()
    found = hashlib.sha256(packed).hexdigest()
    if told.sha256 and found != told.sha256.lower():
        raise ModelError(f"{told.model}: sha256 is {found}, expected {told.sha256}")
    try:
        return unpack(packed)
    except ModelError as error:
        raise ModelError(f"{told.model}: {error}") from error
