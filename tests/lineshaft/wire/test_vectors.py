"""Samples of the public data folder whose shape is accepted on native topics: ThingsBoard's."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from lineshaft.domain.readings import Batch
from lineshaft.wire import codec
from lineshaft.wire.rejected import Rejected

TOPIC = "lineshaft/v1/hall1/gw1/press-1/m"
BESIDE = Path(__file__).parents[4] / "shared" / "data"
VECTORS = Path(os.environ.get("LINESHAFT_DATA", BESIDE)) / "vectors"

pytestmark = pytest.mark.skipif(
    not VECTORS.is_dir(),
    reason=f"no sample messages at {VECTORS}: set LINESHAFT_DATA to the public data folder",
)


def thingsboard() -> list[Any]:
    """Documented samples: flat, dated, and lists of them."""
    path = VECTORS / "third-party-shapes" / "shapes.json"
    shapes = json.loads(path.read_text()) if path.exists() else []
    return [body for shape in shapes if shape["format"] == "thingsboard-device" for body in shape["payloads"]]


def node_red() -> list[bytes]:
    """What a real Node-RED 4 published."""
    path = VECTORS / "live-client-captures" / "node-red-4.ndjson"
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [bytes.fromhex(line["hex"]) for line in lines if line["topic"].endswith("telemetry")]


def values(body: Any) -> list[Any]:
    """All values in a ThingsBoard body, in order."""
    rows = body if isinstance(body, list) else [body]
    return [value for row in rows for value in row.get("values", row).values()]


@pytest.mark.parametrize("body", thingsboard(), ids=repr)
def test_documented_samples_are_read_whole(body: Any) -> None:
    (batch,) = codec.decode(TOPIC, json.dumps(body).encode(), "", 1_700_000_000_000_000)
    assert isinstance(batch, Batch)
    texts = dict(zip(batch.text_row.tolist(), batch.texts, strict=True))
    assert [texts.get(row, value) for row, value in enumerate(batch.value.tolist())] == values(body)


def test_a_real_capture_is_read_whole() -> None:
    bodies = node_red()
    assert len(bodies) > 10
    for body in bodies:
        parts = codec.decode(TOPIC, body, "", 1_795_288_200_000_000)
        assert not any(isinstance(part, Rejected) for part in parts)
        assert [len(part) for part in parts if isinstance(part, Batch)] == [len(values(json.loads(body)))]
