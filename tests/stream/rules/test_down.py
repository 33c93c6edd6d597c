from stream.rules.down import Downs, Turn
from stream.steps.intake import Said


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
