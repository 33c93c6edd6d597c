"""Each folder of `cases` is an agent.yaml with its files, and what is to come of it.

`error.txt`: the problems `edge check` names. `expected.json`: the frames its sources give. A bug report
becomes a folder.
"""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.config import parse
from edge.sources.base import Start

CASES = sorted(path for path in (Path(__file__).parent / "cases").iterdir() if path.is_dir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Path, clock: Callable[[], int]) -> None:
    agent = parse((case / "agent.yaml").read_text(), case, {})
    if isinstance(agent, list):
        assert [str(problem) for problem in agent] == (case / "error.txt").read_text().splitlines()
        return
    shared: dict[str, object] = {}
    sources = [source.open(Start(None, clock, case, shared)) for source in agent.sources]
    frames = [
        {"device": frame.device, "kind": frame.kind, "body": json.loads(frame.body)}
        for source in sources
        for handed in source.read(threading.Event())
        for frame in handed.frames
    ]
    faults = [fault for source in sources if (fault := source.fault())]
    assert {"frames": frames, "faults": faults} == json.loads((case / "expected.json").read_text())
