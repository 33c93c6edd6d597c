"""What the agent says about itself: kind `state`, retained at the broker."""

from collections.abc import Mapping

import lineshaft
from edge.outbox import Outbox
from lineshaft.broker.client import Will
from lineshaft.wire import reports
from lineshaft.wire.topics import Topic


def topic_of(site: str, agent: str) -> str:
    """Where it stands: the agent is a device of itself."""
    return str(Topic(site, agent, agent, "state"))


def state(outbox: Outbox, sources: Mapping[str, str], config_sha256: str, now_us: int) -> bytes:
    """That it is online, how deep its outbox is, and how each source does."""
    depth = outbox.depth()
    spool = {
        "n": depth.messages,
        "bytes": depth.bytes,
        "oldest": None if depth.oldest_us is None else depth.oldest_us // 1000,
        "dropped": depth.dropped,
    }
    return reports.encode(
        {
            "online": True,
            "ts": now_us // 1000,
            "boot": outbox.boot,
            "run": outbox.run,
            "sw": lineshaft.__version__,
            "cfg": f"sha256:{config_sha256}",
            "spool": spool,
            "salvaged": bool(outbox.salvaged),
            "src": dict(sources),
        }
    )


def offline(outbox: Outbox, reason: str, now_us: int | None = None) -> bytes:
    """That it is gone. A last will has no time, for it is written long before it is said."""
    ts = {} if now_us is None else {"ts": now_us // 1000}
    return reports.encode({"online": False, **ts, "boot": outbox.boot, "run": outbox.run, "reason": reason})


def will(outbox: Outbox, site: str, agent: str) -> Will:
    """What the broker says for the agent when it is lost."""
    return Will(topic_of(site, agent), offline(outbox, "lwt"))
