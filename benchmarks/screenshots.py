"""Takes every page at a desk's and a phone's size into docs/screenshots.

`python -m benchmarks.screenshots` starts a demonstration of its own; `--url` takes one that runs.

A wall, a dark and a Chinese picture of a few pages come with them.
"""

import argparse
import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUM = "/usr/bin/chromium"
DESK, PHONE = (1920, 1080), (390, 844)
PAGES = {
    "overview": "/",
    "machines": "/machines",
    "machine": "",
    "alarms": "/alarms",
    "logistics": "/logistics",
    "warehouse": "/trace",
    "models": "/models",
    "system": "/system",
}


class Shot(NamedTuple):
    """One picture: which page, how large, in which language and theme."""

    name: str
    page: str
    size: tuple[int, int] = DESK
    language: str = "en"
    theme: str = "light"
    query: str = ""


def shots() -> Iterator[Shot]:
    """All pictures, in the order of the pages."""
    for page in ("login", *PAGES):
        yield Shot(f"{page}-desk", page)
        yield Shot(f"{page}-phone", page, PHONE)
    yield Shot("overview-wall", "overview", query="?kiosk=1")
    for page in ("overview", "machine", "logistics"):
        yield Shot(f"{page}-dark", page, theme="dark")
    for page in ("overview", "machine", "models", "alarms", "logistics"):
        yield Shot(f"{page}-zh", page, language="zh-CN")
    for page in ("overview", "machine"):
        yield Shot(f"{page}-zh-phone", page, PHONE, language="zh-CN")


def log_in(context: BrowserContext, url: str, login: str, password: str) -> None:
    """Log in as a person does, in the form."""
    page = context.new_page()
    page.goto(f"{url}/login")
    page.fill("#name", login)
    page.fill("#password", password)
    page.click("button[type=submit]")
    page.wait_for_url(f"{url}/")
    page.close()


def first_machine(context: BrowserContext, url: str) -> str:
    """The path of a machine in an odd episode, else of the one with the most urgent alarm."""
    rows = context.request.get(f"{url}/api/v1/machines").json()["items"]
    rows.sort(key=lambda row: (not row["anomaly"], row["alarms"]["priority"] or 9))
    return f"/machines/{rows[0]['key']}" if rows else "/machines"


def take(browser: Browser, url: str, shot: Shot, folder: Path, state: Any) -> None:
    """One picture, after the page is live and has drawn a few ticks."""
    width, height = shot.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.theme == "dark" else "light",
        storage_state=None if shot.page == "login" else state,
        locale=shot.language,
    )
    context.add_cookies([{"name": "lineshaft_language", "value": shot.language, "url": url}])
    page: Page = context.new_page()
    path = "/login" if shot.page == "login" else PAGES[shot.page] or first_machine(context, url)
    page.goto(url + path + shot.query)
    if shot.page != "login":
        page.wait_for_selector("[data-page]", timeout=60_000)
        page.wait_for_selector("#link-state[data-state=live]", timeout=60_000)
        page.wait_for_timeout(3500)
    page.screenshot(path=folder / f"{shot.name}.png")
    context.close()


@contextlib.contextmanager
def demo(warm_s: float) -> Iterator[tuple[str, str, str]]:
    """A demonstration of its own in a folder that goes away: its address, login and password."""
    with tempfile.TemporaryDirectory(prefix="lineshaft-screenshots-") as folder:
        Path(folder).chmod(0o711)  # the database may run under an account of its own
        log = Path(folder, "demo.log")
        with log.open("wb") as out:
            command = [sys.executable, "-m", "lineshaft.cli", "demo", "--data-dir", f"{folder}/data"]
            running = subprocess.Popen(command, stdout=out, stderr=out)
        try:
            yield _told(running, log, warm_s)
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(60)


def _told(running: subprocess.Popen[bytes], log: Path, warm_s: float) -> tuple[str, str, str]:
    deadline = time.monotonic() + 180
    while not (said := re.search(r"(http://\S+)\s+Login:\s+(\S+) / (\S+)", log.read_text("utf-8"))):
        if running.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"the demonstration did not start:\n{log.read_text('utf-8')}")
        time.sleep(0.5)
    time.sleep(warm_s)  # for trends to show and scores to have learned
    url, login, password = said.groups()
    return url, login, password


def main() -> None:
    """Take all pictures, or those whose name contains --only."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--url", default="", help="a running Lineshaft; without it a demonstration is started"
    )
    parser.add_argument("--login", default="admin", help="its password comes from LINESHAFT_PASSWORD")
    parser.add_argument(
        "--warm", type=float, default=240, help="seconds a demonstration runs before the first"
    )
    parser.add_argument("--only", default="")
    parser.add_argument("--folder", type=Path, default=Path("docs/screenshots"))
    chosen = parser.parse_args()
    with contextlib.ExitStack() as stack:
        if chosen.url:
            url, login, password = chosen.url.rstrip("/"), chosen.login, os.environ["LINESHAFT_PASSWORD"]
        else:
            url, login, password = stack.enter_context(demo(chosen.warm))
        chosen.folder.mkdir(parents=True, exist_ok=True)
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context()
        log_in(context, url, login, password)
        for shot in shots():
            if chosen.only in shot.name:
                take(browser, url, shot, chosen.folder, context.storage_state())
                print(f"{shot.name}.png")
        browser.close()


if __name__ == "__main__":
    main()
