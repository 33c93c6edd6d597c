"""Under which system account the embedded servers run.

PostgreSQL refuses to run as root, and a broker should not. Started by root (a container, a small server)
they get a system account of their own; started by anyone else they run as that person.
"""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

NAME = "lineshaft"


class AccountError(RuntimeError):
    """The system account of the embedded servers is missing and cannot be made."""


class SpawnArguments(TypedDict, total=False):
    """What `subprocess` needs to become another account."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """A system account; `uid` None is the one we already are."""

    uid: int | None = None
    gid: int | None = None

    def spawn_arguments(self) -> SpawnArguments:
        """Keyword arguments for `subprocess.Popen` and `run`."""
        if self.uid is None or self.gid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give a file or folder to the account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def can(self, flag: str, path: Path) -> bool:
        """Whether the account may read (`-r`), write (`-w`) or enter and run (`-x`) a path.

        Asked by trying: the rights of every folder above count as well.
        """
        command = ["/usr/bin/env", "test", flag, str(path)]
        asked = subprocess.run(command, check=False, **self.spawn_arguments())  # noqa: S603 - fixed words and a path
        return asked.returncode == 0


def unprivileged() -> Account:
    """The account to run servers as: our own, or `lineshaft` when we are root (made if need be).

    Raises:
        AccountError: we are root, and the account could not be made.
    """
    if os.geteuid() != 0:
        return Account()
    entry = _find()
    if entry is None:
        command = [
            "useradd",
            "--system",
            "--user-group",
            "--no-create-home",
            "--shell",
            "/usr/sbin/nologin",
            NAME,
        ]
        try:
            subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - fixed words
        except OSError as error:
            raise AccountError(f"useradd is missing: make a system account {NAME!r} by hand") from error
        # Two starts at once may both try: what counts is that the account is there now.
        entry = _find()
    if entry is None:
        raise AccountError(f"no system account {NAME!r}: run `{' '.join(command)}`, or do not start as root")
    return Account(entry.pw_uid, entry.pw_gid)


def _find() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        return None
