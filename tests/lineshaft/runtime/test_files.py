import os
import socket
import stat
from pathlib import Path

import pytest

from lineshaft.runtime import files, logfiles, ports, state


def test_a_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    first = files.secret(folder, "admin-password")
    assert files.secret(folder, "admin-password") == first
    assert files.secret(folder, "another") != first
    assert len(first) == 24
    assert stat.S_IMODE((folder / "admin-password").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_file_is_replaced_whole_and_leaves_no_draft(tmp_path: Path) -> None:
    file = tmp_path / "a" / "state.json"
    files.write_atomically(file, "old")
    files.write_atomically(file, "new", mode=0o600)
    assert file.read_text() == "new"
    assert [entry.name for entry in file.parent.iterdir()] == ["state.json"]


def test_logs_move_on_when_they_are_full_and_the_oldest_goes(tmp_path: Path) -> None:
    log = tmp_path / "ingest.log"
    with log.open("ab") as writer:  # as a service holds it
        for number in range(6):
            writer.write(b"%d" % number * 10)
            writer.flush()
            logfiles.rotate(log, limit=10)
        writer.write(b"after")
    assert log.read_bytes() == b"after"
    kept = {entry.name: entry.read_bytes()[:1] for entry in tmp_path.iterdir() if entry != log}
    assert kept == {"ingest.log.1": b"5", "ingest.log.2": b"4", "ingest.log.3": b"3"}


def test_a_log_below_the_limit_stays(tmp_path: Path) -> None:
    log = tmp_path / "ingest.log"
    log.write_bytes(b"x" * 9)
    logfiles.rotate(log, limit=10)
    assert [entry.name for entry in tmp_path.iterdir()] == ["ingest.log"]


def test_ports_differ_and_are_remembered(tmp_path: Path) -> None:
    chosen = ports.remembered(tmp_path / "ports.json", ["a", "b", "c"])
    assert len(set(chosen.values())) == 3
    assert ports.remembered(tmp_path / "ports.json", ["a", "b", "c"]) == chosen


def test_a_wanted_port_that_is_taken_is_replaced() -> None:
    with socket.socket() as other:
        other.bind((ports.HOST, 0))
        other.listen()
        taken = other.getsockname()[1]
        assert ports.choose(["a"], {"a": taken})["a"] != taken
        assert ports.answers(ports.HOST, taken)
    assert not ports.answers(ports.HOST, taken, 0.5)


def test_a_broken_memory_of_ports_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "ports.json").write_text("{")
    assert ports.remembered(tmp_path / "ports.json", ["a"])["a"] > 0


def test_a_folder_is_held_by_one_supervisor(tmp_path: Path) -> None:
    assert state.supervisor_pid(tmp_path) is None
    with state.held(tmp_path):
        assert state.supervisor_pid(tmp_path) == os.getpid()
        with pytest.raises(state.AlreadyRunningError, match=str(os.getpid())), state.held(tmp_path):
            pass
    assert state.supervisor_pid(tmp_path) is None
