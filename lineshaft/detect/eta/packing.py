"""A model of arrival times as bytes, and back: arrays and JSON, checked before use; nothing in it runs."""

from typing import Any, Final

import numpy as np

from lineshaft.detect.eta.bands import Bands
from lineshaft.detect.eta.model import FEATURES, EtaModel, Member
from lineshaft.detect.eta.neighbours import Neighbours, Stretches, Usual
from lineshaft.detect.packed import Arrays, opened, seal, tree_arrays, tree_heads, trees_of
from lineshaft.detect.prognosis.failure import Trees, is_sound

FORMAT: Final = 2
MAGIC: Final = b"lineshaft-eta\n"
_HALF: Final = ("ends", "log_pace", "hour")
"""Kept as float32: half a metre in a city is less than a fix is worth."""


def pack(model: EtaModel) -> bytes:
    """The model as bytes that name their format and hash; the same model gives the same bytes."""
    trees = [*(model.ends or ()), *(member.trees for member in model.members if member.trees)]
    header = {
        "centre": model.centre,
        "metrics": model.metrics,
        "members": len(model.members),
        "has_trees": model.ends is not None,
        **tree_heads(trees),
    }
    arrays: dict[str, Any] = {f"bands_{name}": value for name, value in model.bands._asdict().items()}
    for at, member in enumerate(model.members):
        stretches, usual = member.neighbours.stretches, member.neighbours.usual
        arrays |= {f"{name}_{at}": getattr(stretches, name).astype(np.float32) for name in _HALF}
        arrays |= {f"usual_{name}_{at}": value for name, value in usual._asdict().items()}
    return seal(MAGIC, FORMAT, header, arrays | tree_arrays(trees))


def unpack(packed: bytes) -> EtaModel:
    """What `pack` was given.

    Raises:
        ModelError: these bytes are no model, of another format, or not as they were written.
    """
    return opened(packed, (MAGIC, FORMAT, "arrival times"), _read, _is_sound)


def _read(header: dict[str, Any], arrays: Arrays) -> EtaModel:
    trees: list[Trees | None] = [*trees_of(header, arrays)]
    count = int(header["members"])
    if not header["has_trees"]:
        trees = [None] * (count + 2)
    low, high, *middles = trees
    members = []
    for at, middle in zip(range(count), middles, strict=True):
        ends, log_pace, hour = (arrays[f"{name}_{at}"].astype(np.float64) for name in _HALF)
        stretches = Stretches(ends, log_pace, hour, np.zeros(len(hour), np.int64))
        usual = Usual(**{name: arrays[f"usual_{name}_{at}"] for name in Usual._fields})
        members.append(Member(Neighbours(stretches, usual), middle))
    lat, lon = map(float, header["centre"])
    bands = Bands(**{name: arrays[f"bands_{name}"] for name in Bands._fields})
    ends = (low, high) if low and high else None
    return EtaModel((lat, lon), tuple(members), ends, bands, dict(header["metrics"]))


def _is_sound(model: EtaModel) -> bool:
    """Whether nothing would be read beyond its table, and all numbers are numbers."""
    bands = model.bands
    return (
        len(model.members) > 0
        and len(bands.start_s) == len(bands.below) == len(bands.above) > 0
        and all(bool(np.isfinite(one).all()) for one in bands)
        and all(map(_is_sound_member, model.members))
        and all(is_sound(one, FEATURES) for one in model.ends or ())
    )


def _is_sound_member(member: Member) -> bool:
    stretches, plain = member.neighbours.stretches, member.neighbours.usual
    count = len(stretches.hour)
    return (
        stretches.ends.shape == (count, 4)
        and len(stretches.log_pace) == count
        and len(plain.log_m) == len(plain.log_pace) > 0
        and plain.by_hour.shape == (24,)
        and all(bool(np.isfinite(one).all()) for one in (*stretches[:3], *plain))
        and (member.trees is None or is_sound(member.trees, FEATURES))
    )
