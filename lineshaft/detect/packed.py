"""Models as bytes that name kind, format and hash: arrays and JSON, checked before use; nothing runs."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import numpy as np

from lineshaft.detect.prognosis.failure import LARGEST_UNPACKED, ModelError, Trees

HEADER: Final = "header"
TREES: Final = ("feature", "threshold", "missing_left", "left", "right", "value", "roots")
Arrays = Mapping[str, Any]
Model = TypeVar("Model")


def seal(magic: bytes, form: int, header: Mapping[str, Any], arrays: Arrays) -> bytes:
    """Bytes that `opened` takes; the same arrays give the same bytes."""
    out = io.BytesIO()
    written = dict(arrays) | {HEADER: np.frombuffer(json.dumps(header).encode(), np.uint8)}
    np.savez_compressed(out, allow_pickle=False, **written)
    body = out.getvalue()
    return magic + f"{form} {hashlib.sha256(body).hexdigest()}\n".encode() + body


def opened(
    packed: bytes,
    kind: tuple[bytes, int, str],
    read: Callable[[dict[str, Any], Arrays], Model],
    is_sound: Callable[[Model], bool],
) -> Model:
    """The model that was sealed.

    Args:
        packed: what `seal` gave.
        kind: magic, format, and what it is called where it is none.
        read: makes the model of header and arrays; what is missing may raise.
        is_sound: whether nothing in it would be read beyond its table.

    Raises:
        ModelError: these bytes are no model, of another format, or not as they were written.
    """
    magic, form, what = kind
    if not packed.startswith(magic):
        raise ModelError(f"no model of {what}")
    line, _, body = packed[len(magic) :].partition(b"\n")
    said, _, sha256 = line.decode("ascii", "replace").partition(" ")
    if said != str(form):
        raise ModelError(f"format {said[:20]}, expected {form}")
    found = hashlib.sha256(body).hexdigest()
    if found != sha256:
        raise ModelError(f"it was changed after it was written: sha256 is {found}, expected {sha256[:64]}")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            if sum(one.file_size for one in archive.infolist()) > LARGEST_UNPACKED:
                raise ModelError("it unpacks to more than a model holds")
        with np.load(io.BytesIO(body), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        model = read(json.loads(arrays[HEADER].tobytes()), arrays)
        sound = is_sound(model)
    except (KeyError, TypeError, ValueError, IndexError, OSError, zipfile.BadZipFile) as error:
        raise error if isinstance(error, ModelError) else ModelError(f"no model: {error}") from error
    if not sound:
        raise ModelError("its tables contradict one another")
    return model


def tree_arrays(trees: Sequence[Trees]) -> dict[str, Any]:
    """Trees as arrays, each table by its name and the trees' number."""
    return {f"{name}_{at}": getattr(one, name) for at, one in enumerate(trees) for name in TREES}


def tree_heads(trees: Sequence[Trees]) -> dict[str, Any]:
    """What of trees is no array; a part of the header."""
    return {"baseline": [one.baseline for one in trees], "depth": [one.depth for one in trees]}


def trees_of(header: Mapping[str, Any], arrays: Arrays) -> list[Trees]:
    """Trees of `tree_arrays` and `tree_heads`."""
    heads = zip(header["baseline"], header["depth"], strict=True)
    return [
        Trees(**{name: arrays[f"{name}_{at}"] for name in TREES}, baseline=float(baseline), depth=int(depth))
        for at, (baseline, depth) in enumerate(heads)
    ]
