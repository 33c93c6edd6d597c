"""Where the embedded servers keep their files, so that their own account can reach them."""

from pathlib import Path
from secrets import token_hex

from lineshaft.runtime.accounts import Account
from lineshaft.runtime.files import write_atomically

SYSTEM_FOLDER = Path("/var/lib/lineshaft")
"""Where files go that the servers' own account could not reach elsewhere (only when started by root)."""

POINTER = "kept-elsewhere"
"""Names where the files really are: a data folder that is deleted takes its claim on them with it."""


def home(folder: Path, account: Account) -> Path:
    """Make a server's folder, for its account alone; gives the one the account can really reach.

    Below a private home, say, that is a place in the system folder, and `folder` has a file that names it.
    """
    pointer = folder / POINTER
    if pointer.exists():
        return _make(Path(pointer.read_text(encoding="utf-8").strip()), account)
    _make(folder, account)
    if account.can("-w", folder):
        return folder
    elsewhere = _make(SYSTEM_FOLDER / f"{folder.name}-{token_hex(6)}", account)
    write_atomically(pointer, f"{elsewhere}\n")
    return elsewhere


def _make(folder: Path, account: Account) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    account.own(folder)
    return folder
