"""Third-party samples of trackers, through the decoders: each decodes or is set aside with a reason.

    python -m benchmarks.dialects --data DIR

DIR holds `owntracks/location-samples.json`, `third-party-shapes/shapes.json` (vendors' documentation) and
`traccar/*.json`: cases of Traccar's own protocol tests (github.com/traccar/traccar, Apache-2.0), made of
`src/test/java/org/traccar/protocol/*DecoderTest.java` as `{"cases": [{"assert", "strings"}]}`.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from edge.sources.avl import AvlError, decode
from lineshaft.domain.readings import Batch, Fixes, Identity
from lineshaft.wire.codec import Part, decode_foreign
from lineshaft.wire.door import Door
from lineshaft.wire.rejected import Rejected

NOW_US = 1_790_000_000_000_000


class Sample(NamedTuple):
    """One message, and where it is from."""

    dialect: str
    topic: str
    body: bytes
    wanted: str = ""
    """Traccar's assertion about it, where it has one."""


def samples(folder: Path) -> Iterator[Sample]:
    """Every sample of an MQTT dialect."""
    for said in json.loads((folder / "owntracks/location-samples.json").read_text()):
        yield Sample("owntracks", "owntracks/ckrey/phone", json.dumps(said).encode(), "verifyPosition")
    for shape in json.loads((folder / "third-party-shapes/shapes.json").read_text()):
        if shape["format"] == "meshtastic-json":
            for said in shape["payloads"]:
                yield Sample("meshtastic", "msh/EU/2/json/L/!1", json.dumps(said).encode())
    for name in ("OwnTracks", "OsmAnd", "Flespi"):
        for case in json.loads((folder / f"traccar/{name}.json").read_text())["cases"]:
            text = next((part for part in case["strings"] if part.startswith(("{", "[", "/?"))), "")
            yield Sample(name.lower(), f"{name.lower()}/x/y", text.encode(), case["assert"])


def packets(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Traccar's Teltonika cases: its assertion, and the bytes on the wire."""
    for case in json.loads((folder / "traccar/Teltonika.json").read_text())["cases"]:
        for text in case["strings"]:
            if len(text) >= 24 and len(text) % 2 == 0 and set(text.lower()) <= set("0123456789abcdef"):
                yield case["assert"], bytes.fromhex(text)


def outcome(parts: list[Part]) -> str:
    """What became of a message: decoded, in part, or why not."""
    good = [part for part in parts if not isinstance(part, Rejected | Identity)]
    codes = sorted({part.code for part in parts if isinstance(part, Rejected)})
    if not codes:
        return "decoded"
    return ("decoded, set aside " if good else "set aside ") + ", ".join(codes)


def of_packet(packet: bytes) -> str:
    """What became of a packet."""
    if len(packet) < 12:
        return "set aside no packet"
    try:
        records = decode(packet)
    except AvlError as error:
        return f"set aside {'CRC' if 'CRC' in str(error) else 'cut off'}"
    return "decoded" if records else "no positions (commands, text)"


def measure(folder: Path) -> dict[str, Any]:
    """Counts by dialect and outcome; of the positions Traccar asserts, how many are found."""
    found: dict[str, Counter[str]] = {}
    fixes = readings = 0
    for sample in samples(folder):
        door = Door("hall1", sample.dialect, sample.dialect)
        parts = decode_foreign(door, sample.topic, sample.body, "", NOW_US)
        found.setdefault(sample.dialect, Counter())[outcome(parts)] += 1
        fixes += sum(len(part) for part in parts if isinstance(part, Fixes))
        readings += sum(len(part) for part in parts if isinstance(part, Batch))
    for _, packet in packets(folder):
        found.setdefault("teltonika over TCP", Counter())[of_packet(packet)] += 1
    told = {name: dict(counts) for name, counts in found.items()}
    internal = [name for name, counts in told.items() if any("internal" in one for one in counts)]
    return {"outcomes": told, "fixes": fixes, "readings": readings, "internal": internal}


def main() -> int:
    """Print the counts; 1 where a sample has neither been decoded nor set aside with a reason."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not (options.data / "traccar").is_dir():
        print(f"no samples in {options.data}; see `python -m benchmarks.dialects --help`", file=sys.stderr)
        return 2
    result = measure(options.data)
    if options.json:
        print(json.dumps(result))
    else:
        for name, counts in result["outcomes"].items():
            total = sum(counts.values())
            print(f"{name}: {total} samples")
            for what, count in sorted(counts.items(), key=lambda item: -item[1]):
                print(f"  {count:4d} {what}")
        print(f"{result['fixes']} fixes and {result['readings']} readings from MQTT dialects")
    return 1 if result["internal"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
