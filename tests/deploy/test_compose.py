"""docker-compose.yml, Dockerfile and units: read and judged, not run (CI has no container engine)."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ["prepare", "ingest", "flow", "plant", "upkeep", "notify", "web"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_has_no_more_rights_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["tmpfs"]
    assert service["user"].split(":")[0] not in {"0", "root"}
    assert "privileged" not in service
    assert service.get("network_mode") != "host"


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_tells_whether_it_lives(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check.get("test") or name == "prepare", "only what runs once has no health"


def test_our_services_are_one_image_with_different_commands() -> None:
    assert {SERVICES[name]["image"] for name in OURS} == {"lineshaft:${LINESHAFT_VERSION:-local}"}
    assert len({tuple(SERVICES[name]["command"]) for name in OURS}) == len(OURS)


def test_every_started_program_is_a_service_there_with_its_role() -> None:
    from lineshaft.runtime.services import PROGRAMS  # noqa: PLC0415 - read here, to say which side changed

    for program in PROGRAMS:
        service = SERVICES[program.name]
        assert service["command"] == ["python", "-m", program.module]
        assert service["environment"]["LINESHAFT_DATABASE_ROLE"] == program.role
        assert ("LINESHAFT_BROKER_URL" in service["environment"]) is program.broker


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    used = re.findall(r"\$\{(\w*(?:PASSWORD|SECRET)\w*)([^}]*)\}", text)
    assert used
    assert all(rest.startswith(":?") for _, rest in used)
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if "PASSWORD" in key or key in {"LINESHAFT_DATABASE_URL", "LINESHAFT_BROKER_URL"}:
                assert "PASSWORD:?" in value, f"{name}: {key}"


def test_who_seals_addresses_and_who_opens_them_have_one_key() -> None:
    said = {name: service.get("environment", {}) for name, service in SERVICES.items()}
    keyed = {name for name, environment in said.items() if "LINESHAFT_SECRET_KEY" in environment}
    assert keyed == {"notify", "web"}
    made = (ROOT / "deploy" / "make-secrets").read_text(encoding="utf-8")
    assert "LINESHAFT_SECRET_KEY" in made


def test_only_tls_and_this_host_are_open_to_the_outside() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports == {"broker": ["8883:8883"], "web": ["127.0.0.1:8050:8050"]}
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_the_broker_is_new_enough_and_every_image_is_pinned() -> None:
    version = SERVICES["broker"]["image"].split(":")[1]
    assert tuple(map(int, version.split("."))) >= (2, 0, 22)
    assert not any(service["image"].endswith((":latest", "timescaledb")) for service in SERVICES.values())


def test_docker_itself_accepts_the_file() -> None:
    docker = shutil.which("docker")
    if (
        docker is None
        or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode
    ):
        pytest.skip("no `docker compose` here: the file was only parsed")
    needed = re.findall(r"\$\{(\w+):\?", (ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    told = subprocess.run(
        [docker, "compose", "config", "--quiet"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **dict.fromkeys(needed, "x")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr


def test_the_image_runs_as_nobody_in_particular() -> None:
    text = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    assert "HEALTHCHECK" in text
    copied = set(re.findall(r"^COPY (\w+) \1$", text, re.MULTILINE))
    assert copied == {"lineshaft", "edge", "stream", "api", "dashboard", "simulators"}


@pytest.mark.parametrize(
    "file", sorted((ROOT / "deploy" / "systemd").glob("*.service")), ids=lambda file: file.name
)
def test_a_unit_is_locked_down(file: Path) -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign] # systemd's names are case-sensitive
    unit.read_string(file.read_text(encoding="utf-8"))
    service = unit["Service"]
    assert service["User"] == "lineshaft"
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""
    assert service["Restart"] == "always"
