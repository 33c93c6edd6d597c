"""Real packet loss on the loopback, where the system lets us: nftables, as root.

Where it does not, `Proxy.lose` stands in: it delays what a lost segment would delay. What the kernel does
beyond that (its window, its giving up) is then not shown, and the suite says so.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator

from chaos.proxy import Proxy

TABLE = "lineshaft_chaos"


def nft() -> str | None:
    """The program, if it works here."""
    program = shutil.which("nft") or shutil.which("nft", path="/usr/sbin:/sbin")
    if program is None or os.geteuid() != 0:
        return None
    tried = subprocess.run([program, "list", "tables"], capture_output=True, check=False)
    return program if tried.returncode == 0 else None


@contextlib.contextmanager
def loss(wire: Proxy, percent: int) -> Iterator[str]:
    """Lose a share of the packets between a proxy's clients and it, both ways; says how."""
    program = nft()
    if program is None:
        wire.lose(percent / 100)
        yield "emulated: the delays of a loss"
        return
    name = f"{TABLE}_{wire.port}"
    dropped = f"numgen random mod 100 < {percent} drop"
    rules = f"""
        add table inet {name}
        add chain inet {name} input {{ type filter hook input priority 0; }}
        add rule inet {name} input iifname lo tcp dport {wire.port} {dropped}
        add rule inet {name} input iifname lo tcp sport {wire.port} {dropped}
    """
    subprocess.run([program, "-f", "-"], input=rules.encode(), check=True)
    try:
        yield "real: nftables drops packets"
    finally:
        subprocess.run([program, "delete", "table", "inet", name], check=True)
