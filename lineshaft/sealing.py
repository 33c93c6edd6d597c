"""Seals what must not stand readable in the database: addresses with tokens and passwords in them.

The key is not in the database: it comes from the environment, or lies in the data folder, where the first
process that needs it makes it. Who has only a dump of the database has no secrets.
"""

import base64
import contextlib
import hashlib
import hmac
import os
from collections.abc import Mapping
from pathlib import Path

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from lineshaft.settings import SettingsError

VARIABLE = "LINESHAFT_SECRET_KEY"
"""One key or several by commas: the first seals, all of them open. To change it, put the new one first."""
FILE = "secret.key"
SHORTEST = 24


class SealError(Exception):
    """It was sealed with a key that is not here, or changed since."""


class Seal:
    """Closes and opens documents."""

    def __init__(self, keys: list[str]) -> None:
        """Use keys of any form; they are long and random, so one hash of them is enough.

        Raises:
            SettingsError: there is none, or one is too short to be random.
        """
        if not keys or any(len(key) < SHORTEST for key in keys):
            raise SettingsError(f"{VARIABLE}: expected at least {SHORTEST} random characters")
        self._keys = MultiFernet(
            [Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in keys]
        )

    def close(self, document: Mapping[str, object]) -> bytes:
        """A document as nobody can read it."""
        return self._keys.encrypt(orjson.dumps(document))

    def open(self, sealed: bytes) -> dict[str, str]:
        """The document again.

        Raises:
            SealError: no key opens it.
        """
        try:
            document: dict[str, str] = orjson.loads(self._keys.decrypt(sealed))
        except InvalidToken as error:
            raise SealError(f"it was sealed with another key than the one of {VARIABLE} or {FILE}") from error
        return document


def find(environ: Mapping[str, str]) -> Seal:
    """The seal of an installation, made in its data folder where there is none.

    Raises:
        SettingsError: neither a key nor a data folder is named, or the folder cannot be written.
    """
    return Seal(_keys(environ))


def signing_keys(environ: Mapping[str, str], purpose: str) -> list[bytes]:
    """Keys to sign with (the first) and to check signatures by (all), of one purpose and no other.

    Raises:
        SettingsError: as for `find`, or a key is too short to be random.
    """
    keys = _keys(environ)
    Seal(keys)  # refuses what is too short
    return [hmac.digest(key.encode(), purpose.encode(), "sha256") for key in keys]


def _keys(environ: Mapping[str, str]) -> list[str]:
    given = [key.strip() for key in environ.get(VARIABLE, "").split(",") if key.strip()]
    if given:
        return given
    folder = environ.get("LINESHAFT_DATA_DIR", "").strip()
    if not folder:
        raise SettingsError(f"neither {VARIABLE} nor LINESHAFT_DATA_DIR is set")
    try:
        return [_of_file(Path(folder) / FILE)]
    except OSError as error:
        raise SettingsError(f"{folder}/{FILE}: {error}") from error


def _of_file(path: Path) -> str:
    # Written aside and linked: of two processes at once one wins, and both read the same whole key.
    if not path.exists():
        made = path.with_name(f"{FILE}.{os.getpid()}")
        handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(Fernet.generate_key())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(made)
        made.unlink()
    return path.read_text(encoding="ascii").strip()
