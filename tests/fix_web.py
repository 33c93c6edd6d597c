"""The real web process on a real database, and Debian's Chromium to look at it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import TimeoutError as NotInTime

import fix_store
from benchmarks.screenshots import FLAGS
from fix_api import PASSWORD, _describe, _measure
from lineshaft.clock import system_clock
from lineshaft.domain.plant import Plant
from lineshaft.runtime import ports
from waiting import wait_until

ROOT = Path(__file__).parent.parent


@dataclass
class Service:
    """A process of ours that a test may kill and start again."""

    module: str
    environ: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module],
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | self.environ,
                stdout=log,
                stderr=log,
                cwd=ROOT,
            )

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(15)


@dataclass
class Web(Service):
    """The web process; `url` is where its pages are."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environ['LINESHAFT_WEB_PORT']}"

    @property
    def database_url(self) -> str:
        return self.environ["LINESHAFT_DATABASE_URL"]

    def start(self) -> None:
        super().start()
        wait_until(self.answers, "the web process answers", within_s=120, alive=self.process, log=self.log)

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False


def web_on(database_url: str, folder: Path) -> Web:
    environ = {
        "LINESHAFT_DATABASE_URL": database_url,
        "LINESHAFT_DATABASE_ROLE": "lineshaft_web",
        "LINESHAFT_WEB_PORT": str(ports.choose(["web"])["web"]),
    }
    return Web("dashboard", environ, folder / "web.log")


def describe(database_url: str, plant: Plant) -> None:
    """The small plant and a person of each role."""
    with ThreadPoolExecutor(1) as thread:  # this one may have Playwright's event loop
        thread.submit(lambda: asyncio.run(_describe(database_url, plant, system_clock()))).result()


@pytest.fixture(scope="session")
def web(
    postgres_url: str, _template_url: str, plant: Plant, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Web]:
    """A web process with one of each thing to show; tests share it and leave it as it was."""
    with fix_store._database(postgres_url, fix_store.TEMPLATE) as url:
        describe(url, plant)
        with psycopg.connect(url, options="-c search_path=lineshaft,public") as conn:
            _measure(conn, system_clock())
        web = web_on(url, tmp_path_factory.mktemp("web"))
        web.start()
        yield web
        web.stop()


# A module long at most: while Playwright runs, this thread has an event loop, and no test can run another.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Visitor:
    """A person at a browser of their own; what their pages complain about is kept."""

    context: BrowserContext
    url: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def log_in(self, role: str = "admin") -> None:
        answer = self.context.request.post(
            f"{self.url}/api/v1/login", data={"login": role, "password": PASSWORD}
        )
        assert answer.ok, answer.text()

    def open(self, path: str) -> Page:
        """A page of the screens, drawn and live."""
        page = self.watched()
        page.goto(self.url + path)
        try:
            page.wait_for_selector("[data-page]", timeout=120_000)
            page.wait_for_selector("#link-state[data-state=live]", timeout=120_000)
        except NotInTime as error:
            known = page.evaluate("window.lineshaft?.link()")
            raise AssertionError(f"{path} at {page.url}: {known} {self.complaints}") from error
        return page

    def watched(self) -> Page:
        page = self.context.new_page()
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._is_ours(request.url) or self.strangers.append(request.url))
        page.on("websocket", lambda socket: self._is_ours(socket.url) or self.strangers.append(socket.url))
        return page

    def _is_ours(self, url: str) -> bool:
        host = self.url.removeprefix("http://")
        return url.startswith((f"http://{host}/", f"ws://{host}/", "data:", "blob:"))


@pytest.fixture
def visitor(web: Web, chromium: Browser) -> Iterator[Visitor]:
    """Someone at a desk, logged in as administrator."""
    context = chromium.new_context(viewport={"width": 1920, "height": 1080}, locale="en")
    visitor = Visitor(context, web.url)
    visitor.log_in()
    yield visitor
    context.close()


def someone(web: Web, chromium: Browser, role: str, *, phone: bool = False, language: str = "en") -> Visitor:
    """A person of a role at a desk, or with a phone in the hand."""
    context = chromium.new_context(
        viewport={"width": 390, "height": 844} if phone else {"width": 1920, "height": 1080},
        has_touch=phone,
        locale=language,
    )
    visitor = Visitor(context, web.url)
    visitor.log_in(role)
    return visitor


def says(page: Page, where: str, words: str) -> None:
    """Waits until a place on a page says something."""
    try:
        page.wait_for_function(
            "([where, words]) => document.querySelector(where)?.innerText.includes(words)",
            arg=[where, words],
            timeout=60_000,
        )
    except NotInTime as error:
        raise AssertionError(f"{where} does not say {words!r} but {page.inner_text(where)!r}") from error


def shot(page: Page, name: str) -> None:
    """A picture to be judged by eye, where somebody asks for it (`SHOTS=folder`)."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
