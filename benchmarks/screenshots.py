"""Takes every page at a desk's and a phone's size into docs/screenshots.

`LINESHAFT_PASSWORD=… python -m benchmarks.screenshots http://127.0.0.1:8050 admin`

A wall, a dark and a Chinese picture of a few pages come with them.
"""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

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
DESK, PHONE = (1920, 1080), (390, 844)
PAGES = {
    "overview": "/",
    "machines": "/machines",
    "machine": "",
    "alarms": "/alarms",
    "logistics": "/logistics",
    "warehouse": "/trace",
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
    for page in ("overview", "alarms", "logistics"):
        yield Shot(f"{page}-zh", page, language="zh-CN")
    yield Shot("overview-zh-phone", "overview", PHONE, language="zh-CN")


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
    """The path of the machine with the most urgent alarm, else of the first one."""
    rows = context.request.get(f"{url}/api/v1/machines").json()["items"]
    rows.sort(key=lambda row: row["alarms"]["priority"] or 9)
    return f"/machines/{rows[0]['key']}" if rows else "/machines"


def take(browser: Browser, url: str, shot: Shot, folder: Path, state: str) -> None:
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
        page.wait_for_selector("[data-page]")
        page.wait_for_selector("#link-state[data-state=live]")
        page.wait_for_timeout(3500)
    page.screenshot(path=folder / f"{shot.name}.png")
    context.close()


def main() -> None:
    """Take all pictures, or those whose name contains --only."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("login")
    parser.add_argument("--only", default="")
    parser.add_argument("--folder", type=Path, default=Path("docs/screenshots"))
    chosen = parser.parse_args()
    url = chosen.url.rstrip("/")
    chosen.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        context = browser.new_context()
        log_in(context, url, chosen.login, os.environ["LINESHAFT_PASSWORD"])
        state = context.storage_state()
        for shot in shots():
            if chosen.only in shot.name:
                take(browser, url, shot, chosen.folder, state)
                print(f"{shot.name}.png")
        browser.close()


if __name__ == "__main__":
    main()
