import json

import pytest

from benchmarks import bodies
from lineshaft.wire.codec import decode


@pytest.mark.parametrize("per_message", [1, 10, 100])
def test_every_body_is_one_the_wire_contract_takes(per_message: int) -> None:
    shape = bodies.shape_of(per_message)
    for tail in bodies.tails(shape, spacing_ms=20):
        (batch,) = decode("lineshaft/v1/bench/a/machine/m", bodies.HEAD % 1_790_000_000_000 + tail, "", 0)
        assert len(batch) == per_message


def test_single_readings_are_of_each_signal_in_turn() -> None:
    tails = bodies.tails(bodies.shape_of(1), spacing_ms=1)
    names = [json.loads(bodies.HEAD % 0 + tail)["n"][0] for tail in tails]
    assert names == list(bodies.SIGNALS) * (len(tails) // len(bodies.SIGNALS))


def test_a_message_that_would_not_be_full_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 10"):
        bodies.shape_of(25)
