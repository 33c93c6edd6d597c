"""`lineshaft restored`: say that the database has come back from a backup."""

import argparse
import os
import sys

from lineshaft import target
from lineshaft.settings import SettingsError
from lineshaft.store import journal
from lineshaft.store.database import ConnectionLost, connect


def run(told: argparse.Namespace) -> int:
    """Give the journal a new id: agents that see it send again what they still hold."""
    try:
        where = target.find(told.data_dir, os.environ)
        with connect(where.url, schema=where.schema, application="lineshaft restored") as conn:
            pos = journal.head(conn).pos
            renewed = journal.renew(conn)
    except (SettingsError, LookupError, *ConnectionLost) as error:
        print(f"lineshaft: {error}", file=sys.stderr)
        return 1
    print(f"The journal goes on behind position {pos} as {renewed}; agents send again what they still hold.")
    return 0
