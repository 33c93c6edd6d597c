"""Which ports the services listen on: free ones, and the same as last time where that is possible.

A port that stays the same keeps bookmarks, scrapers and real devices working over a restart.
"""

import json
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

from lineshaft.runtime.files import write_atomically

HOST = "127.0.0.1"


def is_free(port: int, host: str = HOST) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        # As servers do: a port in TIME_WAIT after a restart is free for them.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def answers(host: str, port: int, within_s: float = 3) -> bool:
    """Whether a server takes a connection there now."""
    try:
        with socket.create_connection((host, port), timeout=within_s):
            return True
    except OSError:
        return False


def choose(names: Iterable[str], wanted: Mapping[str, int] | None = None) -> dict[str, int]:
    """A free port a name: the wanted one if it is free, else any; no two alike."""
    wanted = wanted or {}
    chosen: dict[str, int] = {}
    held: list[socket.socket] = []
    try:
        for name in names:
            port = wanted.get(name, 0)
            if port in chosen.values() or not is_free(port):
                port = 0
            probe = socket.socket()
            held.append(probe)  # held until all are chosen, else the system may give one twice
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            chosen[name] = probe.getsockname()[1]
    finally:
        for probe in held:
            probe.close()
    return chosen


def remembered(file: Path, names: Iterable[str]) -> dict[str, int]:
    """Ports as `choose`, preferring those the file has from the last time; it then holds the new choice."""
    try:
        earlier = json.loads(file.read_text())
    except (OSError, ValueError):
        earlier = {}
    chosen = choose(names, {name: port for name, port in earlier.items() if isinstance(port, int)})
    write_atomically(file, json.dumps(chosen, indent=1))
    return chosen
