"""Dead letters of the flow: what could not be used, as samples. The counts are exact, and stand in the books.

A device that floods rubbish fills neither the disk nor the page of who looks for the first cause. Which
letters are kept is a function of the journal, like all else: of the minute of receipt and of the order of
positions, never of when this process started or how the rows were cut into chunks.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter

from lineshaft.clock import SECOND_US
from lineshaft.domain.results import Letter
from lineshaft.store.dead_letters import BODIES_A_MINUTE, ROWS_A_MINUTE
from lineshaft.store.journal import Row
from lineshaft.wire import topics
from lineshaft.wire.rejected import Rejected


@dataclass(slots=True)
class Letters:
    """How many letters of the present minute were seen, of each device and of each agent."""

    minute: int = -1
    devices: dict[tuple[str, str, str], int] = field(default_factory=dict)
    agents: dict[tuple[str, str], int] = field(default_factory=dict)

    def sampled(self, letters: Iterable[Letter]) -> list[Letter]:
        """Those to be written, in the order of positions; some without their body.

        Args:
            letters: of whole messages, all behind those of the last call; of one position in their order.
        """
        kept = []
        for letter in sorted(letters, key=attrgetter("pos")):
            self._begin(letter.received_us // (60 * SECOND_US))
            agent = (letter.site or "", letter.agent or "")
            of_agent = self.agents[agent] = self.agents.get(agent, 0) + 1
            if of_agent > ROWS_A_MINUTE:
                continue
            device = (*agent, letter.device or "")
            of_device = self.devices[device] = self.devices.get(device, 0) + 1
            kept.append(letter if of_device <= BODIES_A_MINUTE else letter._replace(sampled=False))
        return kept

    def _begin(self, minute: int) -> None:
        if minute != self.minute:
            self.minute, self.devices, self.agents = minute, {}, {}


def letter(row: Row, fault: Rejected) -> Letter:
    """A dead letter about a journal row."""
    place = topics.parse(row.topic)
    device = place.device if place else (row.properties or {}).get("device")
    return Letter(
        row.pos, row.received_us, row.topic, str(device) if device else None, row.site, row.agent, row.boot,
        row.lane, row.seq, fault.code, fault.detail, fault.readings, row.body, row.properties,
    )  # fmt: skip
