"""Who is told of what, set on the page: to a webhook's receiver; errors at their fields; a rota's turns."""

import base64
import hashlib
import hmac
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

import fix_store
from delivery_rows import KEY, Receiver, alarm, receiver
from fix_web import Service, Visitor, Web, describe, web_on
from lineshaft.clock import system_clock
from lineshaft.domain.plant import Plant
from lineshaft.store.database import connect
from waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.database]


@pytest.fixture(scope="module")
def works(
    postgres_url: str, _template_url: str, plant: Plant, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Web]:
    """A web process and a notifier that share a key."""
    folder = tmp_path_factory.mktemp("told")
    with fix_store._database(postgres_url, fix_store.TEMPLATE) as url:
        describe(url, plant)
        web = web_on(url, folder)
        web.environ["LINESHAFT_SECRET_KEY"] = KEY
        environ = {
            "LINESHAFT_DATABASE_URL": url,
            "LINESHAFT_DATABASE_ROLE": "lineshaft_notify",
            "LINESHAFT_BROKER_URL": "mqtt://nobody:nothing@127.0.0.1:1",
            "LINESHAFT_SECRET_KEY": KEY,
        }
        notify = Service("stream.notify", environ, folder / "notify.log")
        notify.start()
        web.start()
        yield web
        notify.stop()
        web.stop()


@pytest.fixture
def admin(works: Web, chromium: Browser) -> Iterator[Visitor]:
    context = chromium.new_context(viewport={"width": 1280, "height": 1400}, locale="en", bypass_csp=True)
    visitor = Visitor(context, works.url)
    visitor.log_in()
    yield visitor
    context.close()


def save(page: Page) -> None:
    page.click("[data-slot=form-save]")


def saved(page: Page) -> None:
    save(page)
    page.wait_for_selector("#told-dialog:not([open])", state="attached")


def table(page: Page, name: str, words: str) -> None:
    page.wait_for_function(
        "([name, words]) => document.querySelector(`[data-slot=${name}]`).innerText.includes(words)",
        arg=[name, words],
    )


def test_a_contact_and_a_rule_of_the_page_bring_an_alarm_to_a_webhook(admin: Visitor, works: Web) -> None:
    page = admin.open("/notifications")
    with receiver() as sink:
        secret = add_contact(page, sink)
        assert secret not in page.content()
        add_policy(page)
        with connect(works.database_url) as conn:
            alarm(conn, 1, system_clock())
        wait_until(lambda: sink.got, "the message", within_s=60)
        [got] = sink.got
    assert got.data["title"] == "Alarm: Coolant pump 1, Temperature high: 91.5 °C, limit 85 °C"
    stamp = f"{got.key}.{got.headers['webhook-timestamp']}.".encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mine = base64.b64encode(hmac.new(key, stamp + got.body, hashlib.sha256).digest()).decode()
    assert got.headers["webhook-signature"] == f"v1,{mine}"
    table(page, "deliveries", "delivered")
    page.click("[data-slot=policies] tr:has-text('Hot pumps') button")
    page.click("[data-slot=form-remove]")
    page.wait_for_function("!document.querySelector('[data-slot=policies]').innerText.includes('Hot pumps')")
    assert [one for one in admin.complaints if "422" not in one] == []


def add_contact(page: Page, sink: Receiver) -> str:
    """By way of an address that is none, which is said at its field; gives the secret, shown once."""
    page.click("[data-slot=edit-network]")
    page.fill("#told-dialog textarea", "127.0.0.0/8")
    saved(page)
    page.click("[data-slot=new-contact]")
    save(page)
    page.wait_for_selector("#told-dialog .form-field:has-text('Name') .wrong:has-text('needed')")
    page.fill("#told-dialog .form-field:has-text('Name') input", "Chat of the hall")
    page.select_option("#told-dialog .form-field:has-text('Way') select", "webhook")
    page.fill("#told-dialog .form-field:has-text('Address') input", "ftp://chat.example")
    save(page)
    page.wait_for_selector("#told-dialog .form-field:has-text('Address') .wrong:has-text('https://')")
    page.fill("#told-dialog .form-field:has-text('Address') input", sink.url)
    save(page)
    secret = page.text_content("#told-dialog .secret") or ""
    assert secret.startswith("whsec_")
    page.click("#told-dialog [data-do=close]")
    table(page, "contacts", "Chat of the hall")
    return secret


def add_policy(page: Page) -> None:
    page.click("[data-slot=new-policy]")
    page.fill("#told-dialog .form-field:has-text('Name') input", "Hot pumps")
    page.click("#told-dialog .form-part:has-text('Who is told') >> button:has-text('Add')")
    contact = page.locator("#told-dialog .form-part:has-text('Who is told') select option", has_text="hall")
    page.locator("#told-dialog .form-part:has-text('Who is told') select").first.select_option(
        contact.first.get_attribute("value")
    )
    saved(page)
    table(page, "policies", "Hot pumps")
    table(page, "policies", "Chat of the hall")


def test_a_rota_shows_its_turns_before_and_after_it_is_kept(admin: Visitor) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = admin.open("/notifications")
    page.click("[data-slot=new-rota]")
    page.fill("#told-dialog .form-field:has-text('Name') input", "Mechanics")
    page.fill("#told-dialog .form-field:has-text('Time zone') input", "Europe/Nowhere")
    page.click("#told-dialog .form-part:has-text('Layers') >> button:has-text('Add') >> nth=-1")
    people = "#told-dialog .form-part .form-part:has-text('People')"
    for n, login in enumerate(("maintainer", "supervisor")):
        page.click(f"{people} >> button:has-text('Add')")
        page.locator(f"{people} select").nth(n).select_option(login)
    page.fill("#told-dialog input[type=date]", "2026-01-01")
    page.fill("#told-dialog .form-field:has-text('Days of a turn') input", "1")
    page.click("[data-slot=form-show]")
    page.wait_for_selector("#told-dialog .form-field:has-text('Time zone') .wrong:has-text('zone')")
    page.fill("#told-dialog .form-field:has-text('Time zone') input", "Asia/Shanghai")
    page.click("[data-slot=form-show]")
    page.wait_for_selector("[data-slot=form-preview] li:nth-child(7)")
    shown = page.inner_text("[data-slot=form-preview]")
    assert "maintainer" in shown
    assert "supervisor" in shown
    grave = [
        one["id"]
        for one in axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]}).response["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert grave == []
    saved(page)
    table(page, "rotas", "maintainer → supervisor")
    table(page, "on_call", "maintainer")
    table(page, "on_call", "now")


def test_wishes_and_silences_are_kept_as_they_were_said(admin: Visitor) -> None:
    page = admin.open("/notifications")
    page.click("[data-slot=edit-preference]")
    page.select_option("#told-dialog .form-field:has-text('e-mail') select", "2")
    page.click("#told-dialog .form-part:has-text('Quiet hours') >> button:has-text('Add')")
    for n, time in enumerate(("22:00", "06:00")):
        page.locator("#told-dialog input[type=time]").nth(n).fill(time)
    saved(page)
    page.click("[data-slot=edit-preference]")
    page.wait_for_selector("#told-dialog[open]")
    assert page.input_value("#told-dialog .form-field:has-text('e-mail') select") == "2"
    assert page.locator("#told-dialog input[type=time]").nth(1).input_value() == "06:00"
    page.click("#told-dialog [data-do=close]")
    page.click("[data-slot=new-silence]")
    page.fill("#told-dialog .form-field:has-text('Why') input", "belt is changed")
    for n, time in enumerate(("2030-01-01T10:00", "2030-01-01T12:00")):
        page.locator("#told-dialog input[type=datetime-local]").nth(n).fill(time)
    save(page)
    page.wait_for_selector("#told-dialog .form-part:has-text('Which alarms') .wrong:has-text('whole works')")
    page.click("#told-dialog .form-part:has-text('Where') >> button:has-text('Add')")
    page.locator("#told-dialog .form-part:has-text('Where') select").first.select_option("pump-101")
    saved(page)
    table(page, "silences", "belt is changed")
    table(page, "silences", "10:00")
    page.click("[data-slot=silences] button")
    page.wait_for_selector("[data-slot=silences-none]:not([hidden])")
