"""The flow a Node-RED user would draw: MQTT in, a function, INSERT by `pg`, as its PostgreSQL nodes do.

One INSERT with many rows a message. npm's packages go into a cache folder, never into the repository.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlparse

PACKAGES = ("node-red@4", "pg@8")
INSTALL_S = 600

_SETTINGS = """\
module.exports = {
  uiPort: %(port)d, uiHost: "127.0.0.1", flowFile: "flows.json", credentialSecret: false,
  httpAdminRoot: false, diagnostics: {enabled: false}, runtimeState: {enabled: false},
  telemetry: {enabled: false}, logging: {console: {level: "warn"}},
  functionGlobalContext: {pool: new (require("pg").Pool)({connectionString: %(database)s, max: 10})},
};
"""
# Ids of signals are numbered as they come, as the loop of `naive.py` does.
_FUNCTION = """\
const body = msg.payload, device = msg.topic, pool = global.get("pool");
const ids = context.get("ids") || {}, values = [], places = [];
const pos = (context.get("pos") || 0) + 1;
let next = context.get("next") || 0;
for (const [offset, ...cells] of body.r) {
  const ts = new Date(body.ts + offset);
  cells.forEach((value, k) => {
    const name = device + "/" + body.n[k];
    if (!(name in ids)) ids[name] = next++;
    const at = values.length;
    places.push(`($${at + 1}, $${at + 2}, 0, $${at + 3}, $${at + 4})`);
    values.push(ts, ids[name], value, pos);
  });
}
context.set("ids", ids); context.set("next", next); context.set("pos", pos);
pool.query("INSERT INTO rival (ts, signal_id, quality, value, pos) VALUES " + places.join(","), values)
  .then(() => node.done(), (error) => node.error(error, msg));
"""


def installed() -> Path | None:
    """The folder with Node-RED, installed at the first time; None where there is no npm, or it fails."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return None
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "lineshaft-benchmarks" / "node-red"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules" / "pg").exists():
        words = [npm, "install", "--no-audit", "--no-fund", "--loglevel=error", *PACKAGES]
        done = subprocess.run(words, cwd=folder, capture_output=True, timeout=INSTALL_S, check=False)
        if done.returncode:
            return None
    return folder


def version(folder: Path) -> str:
    """Of Node-RED."""
    said = json.loads((folder / "node_modules" / "node-red" / "package.json").read_text(encoding="utf-8"))
    return str(said["version"])


def prepare(folder: Path, here: Path, *, broker: str, database: str, port: int) -> list[str]:
    """Write settings and the flow into a folder; gives the command that runs it."""
    here.mkdir(parents=True, exist_ok=True)
    link = here / "node_modules"
    if not link.exists():
        link.symlink_to(folder / "node_modules")
    settings = _SETTINGS % {"port": port, "database": json.dumps(database)}
    (here / "settings.js").write_text(settings, encoding="utf-8")
    address = urlparse(broker)
    (here / "flows.json").write_text(json.dumps(flow(address.hostname or "", address.port or 1883)))
    words = {"broker": {"user": address.username, "password": address.password}}
    (here / "flows_cred.json").write_text(json.dumps(words))
    red = folder / "node_modules" / "node-red" / "red.js"
    return ["node", str(red), "--userDir", str(here), "--settings", str(here / "settings.js")]


def flow(host: str, port: int) -> list[dict[str, object]]:
    """The three nodes, and the broker's."""
    return [
        {"id": "tab", "type": "tab", "label": "bench", "disabled": False},
        {
            "id": "broker",
            "type": "mqtt-broker",
            "broker": host,
            "port": str(port),
            "clientid": "node-red",
            "autoConnect": True,
            "protocolVersion": "5",
            "cleansession": True,
        },
        {
            "id": "in",
            "type": "mqtt in",
            "z": "tab",
            "topic": "lineshaft/v1/#",
            "qos": "1",
            "datatype": "json",
            "broker": "broker",
            "inputs": 0,
            "wires": [["insert"]],
        },
        {
            "id": "insert",
            "type": "function",
            "z": "tab",
            "func": _FUNCTION,
            "outputs": 0,
            "initialize": "",
            "finalize": "",
            "libs": [],
            "wires": [],
        },
    ]
