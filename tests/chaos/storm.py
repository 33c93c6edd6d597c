"""N5: thousands of devices lose their connections at once and come back. `make storm`.

Each device is an agent with a connection of its own (`chaos/devices.py`). Twice everything is cut: every
connection by RST at the same moment, with the broker up, and the broker killed. Measured are the time until
the last device is connected and subscribed again, until all that was issued by then is named by a mark, and
how long the API took meanwhile; at the end each number of each device must be stored once.
"""

import argparse
import asyncio
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from chaos.devices import Fleet
from chaos.system import System, port_of, running
from lineshaft import passwords
from lineshaft.clock import system_clock
from lineshaft.store import people
from lineshaft.store.database import connect_async

if TYPE_CHECKING:
    import psycopg

SITE = "storm"
BACK_S, API_S = 30.0, 1.0
"""What must hold: all back, and the API's 95th percentile meanwhile."""
WATCH_S = 120.0
FILES = 1_000
"""Beside the connections."""
LOGIN, PASSWORD = "storm", "a good password for a storm"


async def cut(system: System, fleet: Fleet, cookie: str, deed: Callable[[], object]) -> dict[str, Any]:
    """Cut, and see all come back."""
    address = f"127.0.0.1:{port_of(system.data_dir, 'web')}"
    prober = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).with_name("prober.py")), address, cookie,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    cuts = [device.connects for device in fleet.devices]
    resent = sum(device.resent for device in fleet.devices)
    begun = time.monotonic()
    deed()
    await fleet.until(lambda: fleet.up < fleet.count, 10)
    await fleet.until(
        lambda: all(d.is_up and d.connects > n for d, n in zip(fleet.devices, cuts, strict=True)), WATCH_S
    )
    back_s = sorted(device.back_s - begun for device in fleet.devices)
    issued = {device.name: device.issued for device in fleet.devices}
    await fleet.until(lambda: all(d.marked >= issued[d.name] for d in fleet.devices), WATCH_S)
    committed_s = time.monotonic() - begun
    said, _ = await prober.communicate(b"")  # the end of its input
    answers = json.loads(said)
    took_s = [seconds for _, _, seconds in answers]
    return {
        "back_s": {"median": round(statistics.median(back_s), 2), "last": round(back_s[-1], 2)},
        "committed_s": round(committed_s, 2),
        "tries": sum(d.connects - n for d, n in zip(fleet.devices, cuts, strict=True)),
        "resent": sum(device.resent for device in fleet.devices) - resent,
        "api": {
            "n": len(answers),
            "failed": sum(status != 200 for _, status, _ in answers),
            "p95_s": round(statistics.quantiles(took_s, n=20)[-1], 3),
            "slowest": max(answers, key=lambda answer: answer[2]),
        },
    }


async def storm(system: System, told: argparse.Namespace) -> dict[str, Any]:
    """The whole run, but for starting and stopping."""
    cookie = await log_in(system)
    fleet = Fleet(system.broker_url, SITE, told.devices, told.every)
    begun = time.monotonic()
    try:
        await fleet.start()
        found: dict[str, Any] = {
            "devices": told.devices,
            "first_connect_s": round(time.monotonic() - begun, 1),
        }
        await asyncio.sleep(told.every)
        found["cut"] = await cut(system, fleet, cookie, fleet.reset)
        say(f"cut by RST: {found['cut']}")
        await asyncio.sleep(told.every)
        found["broker_killed"] = await cut(system, fleet, cookie, lambda: system.kill("broker"))
        say(f"broker killed: {found['broker_killed']}")
        await rest(system, fleet)
        found.update(judge(system.connect(), fleet))
    finally:
        fleet.close()
    return found


async def rest(system: System, fleet: Fleet) -> None:
    """Silence, until all is marked and stored."""
    fleet.is_speaking = False

    def is_marked() -> bool:
        for device in fleet.devices:
            device.nudge()
        return fleet.waiting == 0

    await fleet.until(is_marked, WATCH_S)
    with system.connect() as conn:
        await fleet.until(lambda: stored(conn) >= fleet.issued, WATCH_S)


def stored(conn: "psycopg.Connection[Any]") -> int:
    """Readings of the devices that the flow has booked as stored."""
    row = conn.execute(
        "SELECT coalesce(sum(readings), 0)::bigint FROM flow_count WHERE site = %s AND result = 'stored'",
        (SITE,),
    ).fetchone()
    return int(row[0]) if row else 0


def judge(conn: "psycopg.Connection[Any]", fleet: Fleet) -> dict[str, Any]:
    """Hold what was issued against what is stored."""
    rows = conn.execute(
        "SELECT d.agent, count(*), count(DISTINCT r.value), min(r.value), max(r.value) FROM reading r"
        " JOIN signal s USING (signal_id) JOIN device d USING (device_id) WHERE d.site = %s GROUP BY d.agent",
        (SITE,),
    ).fetchall()
    found = {agent: (int(n), int(unique), least, most) for agent, n, unique, least, most in rows}
    lost = doubled = invented = 0
    for device in fleet.devices:
        count, unique, least, most = found.get(device.name, (0, 0, 1, device.issued))
        lost += device.issued - unique
        doubled += count - unique
        invented += least < 1 or most > device.issued
    return {"issued": fleet.issued, "lost": lost, "duplicated": doubled, "invented": invented}


async def log_in(system: System) -> str:
    """Make a person, and give its session's cookie."""
    async with await connect_async(system.database_url) as conn:
        person = people.Person(LOGIN, LOGIN, people.ROLES[-1], passwords.hashed(PASSWORD), "en", None)
        await people.add(conn, person, system_clock())
        await conn.commit()
    async with httpx.AsyncClient() as client:
        address = f"http://127.0.0.1:{port_of(system.data_dir, 'web')}/api/v1/login"
        answer = await client.post(address, json={"login": LOGIN, "password": PASSWORD})
    answer.raise_for_status()
    return f"lineshaft_session={answer.cookies['lineshaft_session']}"


def allow_files(count: int) -> None:
    """Let this process have so many files open.

    Raises:
        OSError: the system does not; `ulimit -Hn` says what it allows.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if count > hard != resource.RLIM_INFINITY:
        raise OSError(f"{count} open files are needed, the system allows {hard}: fewer --devices")
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


def failures(found: dict[str, Any]) -> list[str]:
    """What does not hold."""
    wrong = [f"{found[what]} readings {what}" for what in ("lost", "duplicated", "invented") if found[what]]
    for name in ("cut", "broker_killed"):
        part = found[name]
        if part["back_s"]["last"] > BACK_S:
            wrong.append(f"{name}: the last device was back after {part['back_s']['last']} s")
        if part["api"]["p95_s"] > API_S or part["api"]["failed"]:
            wrong.append(f"{name}: the API {part['api']}")
    return wrong


def say(line: str) -> None:
    """Tell what happens."""
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Run, print and judge."""
    parser = argparse.ArgumentParser(prog="make storm", description=__doc__.split("\n")[0])
    parser.add_argument("--devices", type=int, default=5_000)
    parser.add_argument("--every", type=float, default=10.0, help="seconds between two messages of a device")
    parser.add_argument("--keep", type=Path, help="an empty folder for everything, kept afterwards")
    told = parser.parse_args()
    with running(("agent-1",), 1, told.keep) as system:
        allow_files(told.devices + FILES)  # us, not the system under test: it has to see to itself
        found = asyncio.run(storm(system, told))
    found["failures"] = failures(found)
    print(json.dumps(found, indent=1))
    parts = [found["cut"], found["broker_killed"]]
    print(
        f"devices={found['devices']} back={max(part['back_s']['last'] for part in parts)}s"
        f" lost={found['lost']} duplicated={found['duplicated']} readings={found['issued']}"
        f" api_p95={max(part['api']['p95_s'] for part in parts)}s"
    )
    for why in found["failures"]:
        say(f"FAILED: {why}")
    return 1 if found["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
