"""Which processes are started, and what each is told."""

from pathlib import Path

import pytest

from lineshaft.runtime import options, services
from lineshaft.settings import SettingsError

PLACES = services.Places(
    data_dir=Path("/folder"),
    database_url="postgresql://somewhere",
    broker_url="mqtt://somewhere",
    schema="lineshaft",
    web_host="127.0.0.1",
    web_port=8050,
    log_level="INFO",
)
FLOW = next(row for row in services.PROGRAMS if row.name == "flow")


def test_a_cluster_of_flows_knows_its_members_and_each_its_number() -> None:
    names = [*services.flow_names(2), *services.link_names(2)]
    port = {name: 9000 + n for n, name in enumerate(names)}
    found = services.flows(FLOW, PLACES, port, 2)
    assert [spec.name for spec in found] == ["flow", "flow-1"]
    assert [spec.port for spec in found] == [9000, 9001]
    assert [spec.environ["LINESHAFT_FLOW_PROCESS"] for spec in found] == ["0", "1"]
    assert {spec.environ["LINESHAFT_FLOW_ADDRESSES"] for spec in found} == {"127.0.0.1:9002 127.0.0.1:9003"}


def test_a_flow_alone_is_told_of_no_other() -> None:
    (alone,) = services.flows(FLOW, PLACES, {"flow": 9000}, 1)
    assert not alone.environ["LINESHAFT_FLOW_ADDRESSES"]


def test_the_number_of_processes_comes_from_the_command_or_the_environment(tmp_path: Path) -> None:
    def read(in_environment: str, typed: int | None = None) -> int:
        environ = {"LINESHAFT_FLOW_PROCESSES": in_environment}
        found = options.read(environ, data_dir=tmp_path, port=None, host=None, flow_processes=typed)
        return found.flow_processes

    assert read("2") == 2
    assert read("2", typed=3) == 3
    with pytest.raises(SettingsError, match="at most 16"):
        read("17")
