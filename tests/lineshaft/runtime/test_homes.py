from pathlib import Path

import pytest

from lineshaft.runtime import homes
from lineshaft.runtime.accounts import Account


class _Shut(Account):
    """An account that cannot reach anything below the folder of someone's own."""

    def can(self, flag: str, path: Path) -> bool:
        return "private" not in path.parts and super().can(flag, path)


def test_a_reachable_folder_is_used_as_it_is(tmp_path: Path) -> None:
    assert homes.home(tmp_path / "postgres", Account()) == tmp_path / "postgres"


def test_a_private_folder_names_the_place_that_is_used_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(homes, "SYSTEM_FOLDER", tmp_path / "system")
    first = homes.home(tmp_path / "private" / "postgres", _Shut())
    assert first.parent == tmp_path / "system"
    assert homes.home(tmp_path / "private" / "postgres", _Shut()) == first


def test_a_data_folder_made_anew_does_not_find_the_files_of_the_deleted_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(homes, "SYSTEM_FOLDER", tmp_path / "system")
    first = homes.home(tmp_path / "private" / "postgres", _Shut())
    (tmp_path / "private" / "postgres" / homes.POINTER).unlink()
    assert homes.home(tmp_path / "private" / "postgres", _Shut()) != first
