"""The load generator with a share of hostile messages: `python -m benchmarks.poison_load SHARE …`, as `load`.

The hostile ones take their place in the order of the same agents, and must be committed like the others.
"""

import itertools
import json
import sys
import time
from typing import Any

from benchmarks import load, mqtt
from benchmarks.hostile import Case, cases
from benchmarks.load import SITE, Agent, Generator, Plan

CASES = 5_000


class Poisoner(Generator):
    """Sends a hostile message instead of every so many-th."""

    def __init__(self, plan: Plan, share: float) -> None:
        super().__init__(plan)
        self.poison = 0
        self._every = round(1 / share) if share else 0
        self._turns = 0
        some = itertools.islice((case for case in cases(7) if case.in_order), CASES)
        self._cases = itertools.cycle(some)

    def _make(self, agent: Agent) -> None:
        self._turns += 1
        if self._every and self._turns % self._every == 0:
            self._make_hostile(agent, next(self._cases))
        else:
            super()._make(agent)

    def _make_hostile(self, agent: Agent, case: Case) -> None:
        self.poison += 1
        agent.seq += 1
        agent.held.append((agent.seq, case.body))
        was = agent.topic, agent.properties
        agent.topic = mqtt.text(f"{self.plan.root}/{SITE}/{agent.name}/{case.suffix}")
        agent.properties += mqtt.user_properties(case.properties)
        self._publish(agent, agent.seq, case.body)
        agent.topic, agent.properties = was


def main(arguments: list[str]) -> int:
    """Send, and print what was sent."""
    share, *others = arguments
    plan, _ = load.read(others)
    generator = Poisoner(plan, float(share))
    begin_s = time.time()
    generator.run()
    generator.close()
    said: dict[str, Any] = {**load.report(generator), "poison": generator.poison, "begin_s": begin_s}
    print(json.dumps(said))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
