from typing import TYPE_CHECKING

import pytest

from journal_rows import Writer, chunks
from stream.rules.down import Downs, Turn
from stream.steps.intake import Said
from stream.steps.shard import ShardState

if TYPE_CHECKING:
    from lineshaft.domain.plant import Plant


def heard(
    downs: Downs, *said: tuple[int, str], assets: tuple[str | None, ...] = ("press-1", None)
) -> list[Turn]:
    rows = [Said(device, "state", 10 * n, text, n) for n, (device, text) in enumerate(said)]
    return [*downs.hear(rows, assets)]


def test_a_turn_is_told_once_whatever_the_word_for_it() -> None:
    downs = Downs()
    found = heard(downs, (0, "RUN"), (0, "FAULT"), (0, "DOWN"), (0, "maintenance"), (0, "what?"), (0, "IDLE"))
    assert found == [Turn(1, 10, "press-1", is_down=True), Turn(5, 50, "press-1", is_down=False)]
    assert downs == Downs()


def test_nothing_is_told_of_what_nobody_described() -> None:
    assert heard(Downs(), (1, "DOWN")) == []


def test_a_machine_that_got_another_name_is_told_under_that_one() -> None:
    downs = Downs()
    heard(downs, (0, "DOWN"))
    found = heard(downs, (0, "DOWN"), assets=("press-7", None))
    assert [(one.source, one.is_down) for one in found] == [("press-1", False), ("press-7", True)]


@pytest.mark.parametrize("sizes", [(1,), (100,)])
def test_a_shard_tells_the_plant_flow_of_live_words_only(plant: "Plant", sizes: tuple[int, ...]) -> None:
    writer = Writer()
    writer.plant(plant)
    for word, lane in (("RUN", 0), ("DOWN", 1), ("DOWN", 0), ("DOWN", 0), ("RUN", 0)):
        writer.readings("plant-1/pump-101", [[0, word]], ["state"], lane=lane)
        writer.tick()
    state = ShardState(3)
    facts = [one for chunk in chunks(writer.rows, sizes) for one in state.step(chunk).facts]
    found = [(one.pos, one.source, one.body) for one in facts if one.kind == "down"]
    assert found == [(6, "pump-101", {"down": True}), (10, "pump-101", {"down": False})]
