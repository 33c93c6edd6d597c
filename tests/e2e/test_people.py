import psycopg
import pytest
from playwright.sync_api import Browser

from fix_api import PASSWORD
from fix_web import Visitor, Web

pytestmark = [pytest.mark.browser, pytest.mark.database]


def test_logging_in_leads_where_one_wanted_to_be_and_out_again(web: Web, chromium: Browser) -> None:
    context = chromium.new_context(locale="en")
    page = context.new_page()
    page.goto(f"{web.url}/alarms?show=history")
    assert "/login?next=" in page.url
    page.fill("#name", "operator")
    page.fill("#password", "not it")
    page.click("button[type=submit]")
    page.wait_for_selector("#wrong:not([hidden])")
    assert page.text_content("#wrong") == "Login or password is wrong."
    page.fill("#password", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_selector("[data-page=alarms][data-show=history]")
    page.click("[data-do=logout]")
    page.wait_for_url(f"{web.url}/login")
    page.goto(f"{web.url}/")
    assert "/login?next=" in page.url
    context.close()


def test_a_login_never_leads_to_another_site(web: Web, chromium: Browser) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{web.url}/login?next=//example.org/")
    page.fill("#name", "operator")
    page.fill("#password", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_selector("[data-page=overview]")
    assert page.url == f"{web.url}/"
    context.close()


def test_a_session_that_is_over_leads_to_the_login(visitor: Visitor, web: Web) -> None:
    visitor.context.clear_cookies()
    visitor.log_in("viewer")
    page = visitor.open("/system")
    with psycopg.connect(web.database_url, options="-c search_path=lineshaft,public") as conn:
        conn.execute("DELETE FROM session WHERE login = 'viewer'")
    page.wait_for_url("**/login?next=%2Fsystem", timeout=60_000)


def test_who_may_not_acknowledge_is_not_asked_to(visitor: Visitor) -> None:
    visitor.context.clear_cookies()
    visitor.log_in("viewer")
    page = visitor.open("/")
    page.wait_for_selector("[data-slot=wrong] .wrong")
    assert not page.is_visible("[data-slot=wrong] .ack")
