"""Drops foreign messages that several gateways bring: the recent identities of each device.

Where a sender numbers what it says (Meshtastic), each gateway that heard it publishes it under a topic and a
time of its own; only the number tells that it is the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lineshaft.domain.readings import DeviceKey, Identity

DEPTH = 256
"""Identities remembered a device: gateways repeat within seconds, and the numbers are random."""


@dataclass(slots=True)
class Packets:
    """Each device's last identities, oldest first."""

    seen: dict[DeviceKey, dict[str, None]] = field(default_factory=dict)

    def is_repeat(self, identities: Sequence[Identity]) -> bool:
        """Whether a message was taken before; it counts as taken from now on.

        One without an identity never was.
        """
        repeats = [self._is_known(one) for one in identities]
        return bool(repeats) and all(repeats)

    def _is_known(self, identity: Identity) -> bool:
        seen = self.seen.setdefault(identity.device, {})
        known = identity.text in seen
        seen[identity.text] = None
        if len(seen) > DEPTH:
            del seen[next(iter(seen))]
        return known
