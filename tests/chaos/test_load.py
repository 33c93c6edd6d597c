import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from chaos import load
from waiting import wait_until

LOAD = str(Path(load.__file__))


def said_by_a_run(folder: Path, position: str, order: str = "run", least: int = 3) -> list[dict[str, Any]]:
    """Lines of a load that is run until it has said more than so many, told this position."""
    log, orders, out = folder / "log", folder / "orders", folder / "out"
    orders.write_text(order)
    command = [sys.executable, LOAD, "--log", str(log), "--orders", str(orders), "--base", "700"]
    environ = os.environ | {"LINESHAFT_SOURCE_POSITION": position}
    with out.open("wb") as stream:
        child = subprocess.Popen(
            [*command, "--rate", "200"], stdin=subprocess.PIPE, stdout=stream, env=environ
        )
    wait_until(
        lambda: load.heeded(log) == order and out.read_bytes().count(b"\n") > least, "it speaks", alive=child
    )
    assert child.stdin is not None
    child.stdin.close()
    assert child.wait(5) == 0
    return [json.loads(line) for line in out.read_text().splitlines() if line.endswith("}")]


def test_it_says_nothing_that_it_has_not_logged(tmp_path: Path) -> None:
    lines = said_by_a_run(tmp_path, "")
    logged = [line.split() for line in (tmp_path / "log").read_text().splitlines()]
    assert logged[: len(lines)] == [
        [str(line["body"]["r"][0][1]), line["position"], line["device"]] for line in lines
    ]
    assert lines[0]["body"]["r"] == [[0, 701]]


def test_it_goes_on_behind_what_was_kept_with_times_of_its_own(tmp_path: Path) -> None:
    first = said_by_a_run(tmp_path, "")
    again = said_by_a_run(tmp_path, "702")
    assert again[0]["body"]["r"] == [[0, 703]]
    times = [(line["device"], line["body"]["ts"]) for line in first + again]
    assert len(set(times)) == len(times)
    assert sorted(times) == sorted(times, key=lambda said: said[0])


def test_what_was_logged_and_not_kept_is_said_again_whatever_the_order(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("701 701 d1\n702 710 d0\n711 7")
    again = said_by_a_run(tmp_path, "701", "stop")
    assert again[0]["body"]["r"] == [[0, 702]]
    assert int(again[-1]["position"]) >= 710


def test_with_a_new_memory_it_goes_on_behind_its_log_and_says_where_that_is(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("701 701 d1\n702 710 d0\n")
    (only,) = said_by_a_run(tmp_path, "", "skip", least=0)
    assert only["body"]["r"] == [[0, 711]]
    assert load.last_logged(tmp_path / "log") == 711
