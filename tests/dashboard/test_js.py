import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.skipif(not shutil.which("node"), reason="node runs the browser's own tests")
def test_the_browsers_own_logic() -> None:
    run = subprocess.run(
        ["node", "--test", *map(str, sorted((HERE / "js").glob("*.test.mjs")))],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stdout
