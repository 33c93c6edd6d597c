"""A model of arrival times as bytes, and back: arrays and JSON, checked before use; nothing in it runs."""

import hashlib
import io
import json
import zipfile
from typing import Any, Final

import numpy as np

from lineshaft.detect.eta.bands import Bands
from lineshaft.detect.eta.model import FEATURES, EtaModel
from lineshaft.detect.eta.neighbours import Neighbours, Stretches, Usual
from lineshaft.detect.prognosis.failure import LARGEST_UNPACKED, ModelError, Trees, is_sound

FORMAT: Final = 1
MAGIC: Final = b"lineshaft-eta\n"
_TREES: Final = ("feature", "threshold", "missing_left", "left", "right", "value", "roots")


def pack(model: EtaModel) -> bytes:
    """The model as bytes that name their format and hash; the same model gives the same bytes."""
    trees = model.trees or ()
    header = {
        "centre": model.centre,
        "metrics": model.metrics,
        "baseline": [one.baseline for one in trees],
        "depth": [one.depth for one in trees],
    }
    stretches = model.neighbours.stretches
    arrays: dict[str, Any] = {
        "ends": stretches.ends.astype(np.float32),  # half a metre in a city: less than a fix is worth
        "log_pace": stretches.log_pace.astype(np.float32),
        "hour": stretches.hour.astype(np.float32),
        "header": np.frombuffer(json.dumps(header).encode(), np.uint8),
    }
    arrays |= {f"usual_{name}": value for name, value in model.neighbours.usual._asdict().items()}
    arrays |= {f"bands_{name}": value for name, value in model.bands._asdict().items()}
    arrays |= {f"{name}_{at}": getattr(one, name) for at, one in enumerate(trees) for name in _TREES}
    out = io.BytesIO()
    np.savez_compressed(out, allow_pickle=False, **arrays)
    body = out.getvalue()
    return MAGIC + f"{FORMAT} {hashlib.sha256(body).hexdigest()}\n".encode() + body


def unpack(packed: bytes) -> EtaModel:
    """What `pack` was given.

    Raises:
        ModelError: these bytes are no model, of another format, or not as they were written.
    """
    if not packed.startswith(MAGIC):
        raise ModelError("no model of arrival times")
    line, _, body = packed[len(MAGIC) :].partition(b"\n")
    form, _, sha256 = line.decode("ascii", "replace").partition(" ")
    if form != str(FORMAT):
        raise ModelError(f"format {form[:20]}, expected {FORMAT}")
    found = hashlib.sha256(body).hexdigest()
    if found != sha256:
        raise ModelError(f"it was changed after it was written: sha256 is {found}, expected {sha256[:64]}")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            if sum(one.file_size for one in archive.infolist()) > LARGEST_UNPACKED:
                raise ModelError("it unpacks to more than a model holds")
        with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
            model = _read({name: arrays[name] for name in arrays.files})
        sound = _is_sound(model)
    except (KeyError, TypeError, ValueError, IndexError, OSError, zipfile.BadZipFile) as error:
        raise error if isinstance(error, ModelError) else ModelError(f"no model: {error}") from error
    if not sound:
        raise ModelError("its tables contradict one another")
    return model


def _read(arrays: dict[str, Any]) -> EtaModel:
    header = json.loads(arrays["header"].tobytes())
    heads = list(zip(header["baseline"], header["depth"], strict=True))
    trees = [
        Trees(**{name: arrays[f"{name}_{at}"] for name in _TREES}, baseline=float(baseline), depth=int(depth))
        for at, (baseline, depth) in enumerate(heads)
    ]
    ends, log_pace, hour = (arrays[name].astype(np.float64) for name in ("ends", "log_pace", "hour"))
    stretches = Stretches(ends, log_pace, hour, np.zeros(len(hour), np.int64))
    plain = Usual(**{name: arrays[f"usual_{name}"] for name in Usual._fields})
    bands = Bands(**{name: arrays[f"bands_{name}"] for name in Bands._fields})
    lat, lon = map(float, header["centre"])
    metrics = dict(header["metrics"])
    return EtaModel(
        centre=(lat, lon),
        neighbours=Neighbours(stretches, plain),
        trees=(trees[0], trees[1], trees[2]) if trees else None,
        bands=bands,
        metrics=metrics,
    )


def _is_sound(model: EtaModel) -> bool:
    """Whether nothing would be read beyond its table, and all numbers are numbers."""
    stretches, plain, bands = model.neighbours.stretches, model.neighbours.usual, model.bands
    count = len(stretches.hour)
    numbers = (*stretches[:3], *plain, *bands)
    return (
        stretches.ends.shape == (count, 4)
        and len(stretches.log_pace) == count
        and len(plain.log_m) == len(plain.log_pace) > 0
        and plain.by_hour.shape == (24,)
        and len(bands.start_s) == len(bands.below) == len(bands.above) > 0
        and all(bool(np.isfinite(one).all()) for one in numbers)
        and all(is_sound(one, FEATURES) for one in model.trees or ())
    )
