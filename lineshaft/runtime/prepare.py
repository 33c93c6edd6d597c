"""Brings the database to where the services can start: schema, first person, plant.

A process of its own (`python -m lineshaft.runtime.prepare`), so that the supervisor stays small and is never
blocked by a database. Done twice it changes nothing.
"""

import asyncio
import hashlib
import os
import sys
import time
from pathlib import Path
from typing import Any

import structlog
import yaml

from lineshaft import logs, passwords, settings
from lineshaft.clock import SECOND_US, monotonic_clock, system_clock
from lineshaft.domain.fences import FenceError, fence_of
from lineshaft.domain.maintenance import kit
from lineshaft.domain.plant import Plant, parse
from lineshaft.domain.rules import Document, RuleError, from_json, to_json
from lineshaft.domain.tariffs import tariff_of
from lineshaft.runtime.files import secret, write_atomically
from lineshaft.runtime.services import OFFICE, has_office
from lineshaft.settings import SettingsError
from lineshaft.store import audit, carriers, fences, freight, maintenance_kit, people, plants, rules
from lineshaft.store.carriers import CarrierRow
from lineshaft.store.database import AsyncConnection, ConnectionLost, connect_async
from lineshaft.store.freight import TariffRow
from lineshaft.store.migrate import MigrationError, migrate
from lineshaft.store.rules import Doer

FIRST_PERSON = "admin"
TARIFFS_FROM = "2020-01-01"
"""A demonstration may replay old days."""
PATIENCE_US = 60 * SECOND_US

_log = structlog.get_logger(__name__)


class PrepareError(RuntimeError):
    """The database cannot be made ready; the text says why."""


def main() -> int:
    """Prepare the database the environment names; 0 when all is done, else 1 with the reason in the log."""
    logs.configure("prepare", settings.text(os.environ, "LINESHAFT_LOG_LEVEL", "INFO"))
    try:
        url = settings.text(os.environ, "LINESHAFT_DATABASE_URL")
        schema = settings.text(os.environ, "LINESHAFT_DATABASE_SCHEMA", "lineshaft")
        data_dir = Path(settings.text(os.environ, "LINESHAFT_DATA_DIR"))
        applied = _migrate(url, schema)
        asyncio.run(_fill(url, schema, data_dir))
    except (PrepareError, MigrationError, SettingsError, *ConnectionLost) as error:
        _log.error("not ready", why=str(error))
        return 1
    _log.info("ready", migrations=applied)
    return 0


def _migrate(url: str, schema: str) -> list[str]:
    deadline_us = monotonic_clock() + PATIENCE_US
    while True:
        try:
            return migrate(url, schema)
        except ConnectionLost:
            if monotonic_clock() > deadline_us:
                raise
            time.sleep(0.5)


async def _fill(url: str, schema: str, data_dir: Path) -> None:
    async with await connect_async(url, schema=schema, application="lineshaft prepare") as conn:
        await _add_first_person(conn, data_dir)
        await _add_office(conn, data_dir)
        await _apply_plant(conn, data_dir)
        await _write_maintenance(conn, data_dir)
        await _draw_fences(conn, data_dir)
        await _write_carriers(conn, data_dir)
        await _write_rules(conn, data_dir)


async def _add_first_person(conn: AsyncConnection, data_dir: Path) -> None:
    if await people.every(conn):
        return
    hashed = passwords.hashed(secret(data_dir / "secrets", "admin-password"), FIRST_PERSON)
    person = people.Person(FIRST_PERSON, "Administrator", "admin", hashed, "en", None)
    now_us = system_clock()
    await people.add(conn, person, now_us)
    await audit.append(
        conn, audit.Deed(by="first start", peer="", action="person.add", object=FIRST_PERSON), now_us
    )
    await conn.commit()
    _log.info("first person made", login=FIRST_PERSON)


async def _add_office(conn: AsyncConnection, data_dir: Path) -> None:
    """The planner as whom a simulated office acts; only where the folder has one."""
    if not has_office(data_dir) or await people.find(conn, OFFICE):
        return
    hashed = passwords.hashed(secret(data_dir / "secrets", f"{OFFICE}-password"), OFFICE)
    now_us = system_clock()
    await people.add(conn, people.Person(OFFICE, "Simulated office", "planner", hashed, "en", None), now_us)
    deed = audit.Deed(by=f"{OFFICE}.yaml", peer="", action="person.add", object=OFFICE)
    await audit.append(conn, deed, now_us)
    await conn.commit()


async def _apply_plant(conn: AsyncConnection, data_dir: Path) -> None:
    file = data_dir / "plant.yaml"
    if not file.exists():
        return
    text = file.read_text(encoding="utf-8")
    # Compared with the file as it was applied last, not with the plant as it is: what people changed on the
    # screens since (an adopted device) must survive a restart.
    noted = data_dir / "run" / "plant.sha256"
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    unchanged = noted.exists() and noted.read_text(encoding="utf-8").strip() == sha256
    if unchanged and await plants.current(conn) is not None:
        return
    plant = parse(text)
    if not isinstance(plant, Plant):
        said = "; ".join(f"line {problem.line}: {problem.what} ({problem.fix})" for problem in plant)
        raise PrepareError(f"{file}: {said}")
    now_us = system_clock()
    version = await plants.apply(conn, plant, file.name, now_us)
    if version is not None:
        await audit.append(
            conn, audit.Deed(by=file.name, peer="", action="plant.apply", object=str(version)), now_us
        )
    await conn.commit()
    write_atomically(noted, sha256 + "\n")
    _log.info("plant applied", version=version)


async def _draw_fences(conn: AsyncConnection, data_dir: Path) -> None:
    """The geofences of `fences.yaml` that were never drawn; what people changed or removed stays so."""
    file = data_dir / "fences.yaml"
    if not file.exists():
        return
    try:
        wanted = [fence_of(one) for one in yaml.safe_load(file.read_text(encoding="utf-8")) or ()]
    except (FenceError, yaml.YAMLError, AttributeError, TypeError) as error:
        raise PrepareError(f"{file}: {error}") from error
    now_us = system_clock()
    drawn = await fences.keys(conn)
    new = [fence for fence in wanted if fence.key not in drawn]
    for fence in new:
        deed = audit.Deed(by=file.name, peer="", action="fence.put", object=fence.key)
        await audit.append(conn, deed, now_us)
        await fences.put(conn, fence, file.name, now_us)
    await conn.commit()


async def _write_carriers(conn: AsyncConnection, data_dir: Path) -> None:
    """The carriers of `carriers.yaml` that are not there yet; what people changed stays."""
    file = data_dir / "carriers.yaml"
    if not file.exists():
        return
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8")) or ()
        wanted = [
            CarrierRow(str(one["carrier"]), str(one["name"]), str(one.get("name_zh", "")), [], active=True)
            for one in found
        ]
        terms = {str(one["carrier"]): one["tariff"] for one in found if "tariff" in one}
        for tariff in terms.values():
            tariff_of(tariff)
    except (yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise PrepareError(f"{file}: write `- {{carrier: KEY, name: NAME}}`: {error}") from error
    for row in wanted:
        if not await carriers.is_known(conn, row.carrier):
            deed = audit.Deed(by=file.name, peer="", action="carrier.put", object=row.carrier)
            await audit.append(conn, deed, system_clock())
            await carriers.put(conn, row)
            if tariff := terms.get(row.carrier):
                now_ms = system_clock() // 1000
                held = TariffRow(
                    0, row.carrier, tariff["currency"], TARIFFS_FROM, None, tariff, file.name, now_ms
                )
                await freight.add_tariff(conn, held)
    await conn.commit()


async def _write_rules(conn: AsyncConnection, data_dir: Path) -> None:
    """The alarm rules of `rules.yaml` that nobody ever wrote; what became of others stays."""
    file = data_dir / "rules.yaml"
    if not file.exists():
        return
    try:
        wanted = [_versions(one) for one in yaml.safe_load(file.read_text(encoding="utf-8")) or ()]
    except (RuleError, yaml.YAMLError, KeyError, IndexError, TypeError) as error:
        raise PrepareError(
            f"{file}: write `- {{state: draft, versions: [{{why: …, document: …}}]}}`: {error}"
        ) from error
    now_us = system_clock()
    written = {row.id for row in await rules.listing(conn, now_us)}
    for versions, is_active in wanted:
        rule_id = versions[0][0].id
        if rule_id in written:
            continue
        for document, why in versions:
            number = await rules.draft(conn, rule_id, to_json(document), Doer(file.name, why, now_us))
        await audit.append(
            conn, audit.Deed(by=file.name, peer="", action="rule.draft", object=rule_id), now_us
        )
        if is_active:
            await rules.activate(conn, rule_id, number, Doer(file.name, why, now_us))
    await conn.commit()


def _versions(written: dict[str, Any]) -> tuple[list[tuple[Document, str]], bool]:
    """A rule's versions with their reasons, and whether the last is at work."""
    found = [(from_json(one["document"]), str(one["why"])) for one in written["versions"]]
    if len({document.id for document, _ in found}) != 1:
        raise KeyError("versions of one rule have one id")
    return found, written["state"] == "active"


async def _write_maintenance(conn: AsyncConnection, data_dir: Path) -> None:
    """Teams, parts and plans of `maintenance.yaml` that are not there yet; what people changed stays."""
    file = data_dir / "maintenance.yaml"
    if not file.exists():
        return
    try:
        found = kit.parse(file.read_text(encoding="utf-8"))
    except kit.KitError as error:
        raise PrepareError(f"{file}: {error}") from error
    now_us = system_clock()
    new = await maintenance_kit.write(conn, found, file.name, now_us)
    if new:
        deed = audit.Deed(by=file.name, peer="", action="maintenance.begin", object=str(new))
        await audit.append(conn, deed, now_us)
    await conn.commit()
    _log.info("maintenance begun", new=new)


if __name__ == "__main__":
    sys.exit(main())
