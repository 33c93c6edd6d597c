"""What `make bench` runs: the whole system, its ceilings, and what one would run instead; some ten minutes.

    python -m benchmarks [--quick] [--json] [--write-docs]

`--write-docs` keeps the figures in `benchmarks/results.json` and writes them into the documentation; so does
`python -m benchmarks.history --write-docs` with its own.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import ceilings, ingest, ledger, rivals, tables
from benchmarks.system import database_of_its_own
from lineshaft import logs


def main(words: list[str] | None = None) -> int:
    """Measure, print, and keep where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.split("\n")[0])
    ingest.arguments(parser)
    parser.add_argument(
        "--write-docs", action="store_true", help="keep the figures, and put them into the docs"
    )
    wanted = parser.parse_args(words)
    options, urls = ingest.options_of(wanted), [wanted.database_url] if wanted.database_url else []
    logs.configure(
        "benchmarks", "WARNING"
    )  # else migrations are told on standard output, which is for figures
    systems = ingest.measure_all(options, urls, os.environ.get("LINESHAFT_BROKER_URL", ""))
    found = ledger.part(systems=systems, **_others(options, urls, quick=wanted.quick))
    if wanted.write_docs:
        ledger.keep("whole", found)
    print(json.dumps(found, indent=1) if wanted.json else tables.whole(found))
    return 0


def _others(options: ingest.Options, urls: list[str], *, quick: bool) -> dict[str, Any]:
    """Ceilings on each database, and the rivals on the embedded one."""
    seconds, share = (0.5, 0.1) if quick else (3.0, 1.0)
    sizes = options.per_message
    with tempfile.TemporaryDirectory(prefix="lineshaft-bench-") as temporary:
        folder = Path(temporary)
        folder.chmod(0o711)  # the servers may run under accounts of their own
        parts = [ceilings.measure(folder / "embedded", sizes, seconds)]
        for url in urls:
            with database_of_its_own(url) as own:
                parts.append(ceilings.measure(folder / "given", sizes, seconds, own))
        return {"ceilings": parts, "rivals": rivals.measure(folder / "rivals", sizes, share)}


if __name__ == "__main__":
    sys.exit(main())
