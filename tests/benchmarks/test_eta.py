"""What stands on the page is what the commands kept."""

import json
from typing import Any

import pytest

from benchmarks import eta, eta_simulated
from benchmarks.ledger import replaced


@pytest.mark.parametrize("bench", [eta, eta_simulated], ids=["eta", "eta_simulated"])
def test_the_page_shows_the_figures_that_were_kept(bench: Any) -> None:
    if not bench.RESULTS.exists():
        pytest.skip("nothing was measured yet")
    as_text = bench.table if bench is eta else bench.words_of
    page = eta.DOCS.read_text(encoding="utf-8")
    assert replaced(page, as_text(json.loads(bench.RESULTS.read_text())), bench.MARKS) == page
