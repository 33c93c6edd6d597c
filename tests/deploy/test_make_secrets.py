import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def deploy(tmp_path: Path) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here")
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "make-secrets", tmp_path / "deploy")
    return tmp_path


def run(deploy: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(deploy / "deploy" / "make-secrets"), *words], capture_output=True, text=True, check=False
    )


def test_secrets_are_made_once_and_kept_private(deploy: Path) -> None:
    assert run(deploy).returncode == 0
    first = (deploy / ".env").read_text(encoding="utf-8")
    words = re.findall(r"^LINESHAFT_(?:DATABASE|BROKER)_PASSWORD=([0-9a-f]{36})$", first, re.MULTILINE)
    assert len(set(words)) == 2
    assert stat.S_IMODE((deploy / ".env").stat().st_mode) == 0o600
    assert stat.S_IMODE((deploy / "deploy" / "secrets").stat().st_mode) == 0o700
    assert not any(
        word in (deploy / "deploy/secrets/passwords").read_text(encoding="utf-8") for word in words
    )
    assert run(deploy).returncode == 0
    assert (deploy / ".env").read_text(encoding="utf-8") == first


def test_an_agent_gets_one_account_and_no_name_that_widens_its_rights(deploy: Path) -> None:
    assert run(deploy).returncode == 0
    assert run(deploy, "agent", "plant-1").returncode == 0
    assert run(deploy, "agent", "plant-1").returncode == 1
    for name in ("a/b", "+", "#", "", "a b"):
        assert run(deploy, "agent", name).returncode != 0
    accounts = (deploy / "deploy/secrets/passwords").read_text(encoding="utf-8").splitlines()
    assert [line.split(":")[0] for line in accounts] == ["lineshaft", "plant-1"]


def test_what_it_does_not_know_it_does_not_do(deploy: Path) -> None:
    assert run(deploy, "--help").returncode == 2
    assert not (deploy / ".env").exists()
