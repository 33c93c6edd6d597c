"""Brings the database to where the services can start: schema, first person, plant.

A process of its own (`python -m lineshaft.runtime.prepare`), so that the supervisor stays small and is never
blocked by a database.
"""

import os
import sys
import time
from pathlib import Path

import structlog

from lineshaft import logs, settings
from lineshaft.clock import SECOND_US, monotonic_clock
from lineshaft.store.database import ConnectionLost
from lineshaft.store.migrate import MigrationError, migrate

PATIENCE_US = 60 * SECOND_US

_log = structlog.get_logger(__name__)


def main() -> int:
    """Prepare the database the environment names; 0 when all is done, else 1 with the reason in the log."""
    logs.configure("prepare", settings.text(os.environ, "LINESHAFT_LOG_LEVEL", "INFO"))
    url = settings.text(os.environ, "LINESHAFT_DATABASE_URL")
    schema = settings.text(os.environ, "LINESHAFT_DATABASE_SCHEMA", "lineshaft")
    data_dir = Path(settings.text(os.environ, "LINESHAFT_DATA_DIR"))
    deadline_us = monotonic_clock() + PATIENCE_US
    while True:
        try:
            applied = migrate(url, schema)
            break
        except ConnectionLost as error:
            if monotonic_clock() > deadline_us:
                _log.error("the database does not answer", error=str(error))
                return 1
            time.sleep(0.5)
        except MigrationError as error:
            _log.error("the database's schema does not fit this version", error=str(error))
            return 1
    _log.info("database ready", applied=applied, data_dir=str(data_dir))
    return 0


if __name__ == "__main__":
    sys.exit(main())
