"""All benchmarks that need nothing but this repository: `python -m benchmarks` (what `make bench` runs)."""

import sys

from benchmarks import ingest

if __name__ == "__main__":
    sys.exit(ingest.main(sys.argv[1:]))
