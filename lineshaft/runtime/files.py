"""Small files that must never be seen half written, and secrets that only their owner may read."""

import os
import secrets
from pathlib import Path

from lineshaft.runtime.accounts import Account


def write_atomically(file: Path, text: str, *, mode: int = 0o644, owner: Account | None = None) -> None:
    """Write a file so that a reader sees the old text or the new, also after a crash."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    # Opened with its final mode: a secret is at no moment readable by others.
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    if owner is not None:
        owner.own(draft)
    draft.replace(file)


def secret(folder: Path, name: str) -> str:
    """A random secret kept in `folder/name` (0600), made the first time it is asked for.

    144 bits in letters, digits, `-` and `_`: fit for URLs, config files and SQL literals without quoting.
    """
    file = folder / name
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        write_atomically(file, secrets.token_urlsafe(18) + "\n", mode=0o600)
    return file.read_text(encoding="utf-8").strip()
