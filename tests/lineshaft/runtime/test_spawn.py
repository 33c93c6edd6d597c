import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lineshaft.runtime.spawn import spawn


@pytest.fixture
def customary_limit() -> Iterator[None]:
    """As a login shell gives it on most systems."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1_024, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.usefixtures("customary_limit")
def test_a_server_may_hold_more_connections_than_a_shell_may_open_files(tmp_path: Path) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    program = "import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    assert spawn((sys.executable, "-c", program), log=tmp_path / "log").wait() == 0
    most = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    assert int((tmp_path / "log").read_text()) == most
