"""Ways in and out: password, code of an app, recovery code, passkey; sessions ended from afar."""

import base64
import hashlib
import hmac
import struct
import time

import pytest

from tests.browser.test_pages import ROLES


def code_of(secret, *, ahead=0):
    """What an authenticator app shows (RFC 6238), `ahead` steps of half a minute from now."""
    step = struct.pack(">Q", int(time.time()) // 30 + ahead)
    digest = hmac.digest(base64.b32decode(secret + "=" * (-len(secret) % 8)), step, hashlib.sha1)
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4]) & 0x7FFFFFFF) % 1_000_000:06}"


def log_out(person):
    person.page.goto("/accounts/sessions/")
    person.page.click("details.menu summary")
    person.page.click("details.menu form button")
    person.page.wait_for_url("**/accounts/login/**")


def give_code(person, code):
    person.page.wait_for_url("**/accounts/2fa/authenticate/**")
    person.page.fill("input[name=code]", code)
    person.page.press("input[name=code]", "Enter")


@pytest.mark.parametrize("role", ROLES)
def test_each_role_signs_in_and_out(visitor, role):
    person = visitor().sign_in(role)
    assert role in person.page.inner_text("body")
    person.open("/accounts/sessions/")
    log_out(person)
    person.page.goto("/dashboards/")
    assert "/accounts/login/" in person.page.url


def test_a_wrong_password_is_told_kindly(visitor):
    stranger = visitor()
    stranger.type_password("director", "not the password")
    told = stranger.page.locator("[role=alert]").inner_text()
    assert told == "This name and this password do not belong together."
    assert stranger.page.input_value("input[name=login]") == "director"
    assert stranger.page.input_value("input[name=password]") == ""


def open_sure(person, path, password):
    """Open a page that asks for the password once more."""
    page = person.open(path)
    if "/reauthenticate/" in page.url:
        page.fill("input[name=password]", password)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(f"**{path}")
    return page


def enrol(person, password):
    """Set up an app by page; its secret and the recovery codes."""
    page = open_sure(person, "/accounts/2fa/totp/activate/", password)
    person.look("totp")
    secret = page.inner_text(".secret").strip()
    page.fill("input[name=code]", code_of(secret))
    page.press("input[name=code]", "Enter")
    page.locator(".codes li").first.wait_for()
    person.look("recovery-codes")
    recovery = page.locator(".codes li").all_inner_texts()
    assert len(set(recovery)) == 10
    return secret, recovery


def test_a_code_of_the_app_is_asked_for(visitor, newcomer):
    name, password = newcomer(role="director")
    person = visitor().sign_in(name, password)
    page = person.page
    secret, _recovery = enrol(person, password)
    log_out(person)
    person.type_password(name, password)
    page.wait_for_url("**/accounts/2fa/authenticate/**")
    person.look("second-factor-asked")
    give_code(person, "000000")
    page.locator("[role=alert]").first.wait_for()
    give_code(person, code_of(secret, ahead=1))
    page.wait_for_url(lambda url: "/accounts/" not in url)


def test_a_recovery_code_works_once(visitor, newcomer):
    name, password = newcomer(role="director")
    person = visitor().sign_in(name, password)
    page = person.page
    _secret, recovery = enrol(person, password)
    log_out(person)
    person.type_password(name, password)
    give_code(person, recovery[0])
    page.wait_for_url(lambda url: "/accounts/" not in url)
    log_out(person)
    person.type_password(name, password)
    give_code(person, recovery[0])
    page.locator("[role=alert]").first.wait_for()
    assert "/accounts/2fa/authenticate/" in page.url
    give_code(person, recovery[1])
    page.wait_for_url(lambda url: "/accounts/" not in url)
    person.open("/accounts/2fa/")
    person.look("second-factor-set-up")
    assert "8 are left" in page.inner_text("main")


def test_a_passkey_signs_in_without_a_password(visitor, newcomer, site):
    """On localhost: a browser makes no passkey for an address of numbers."""
    name, password = newcomer(role="manager")
    person = visitor(site=site.replace("127.0.0.1", "localhost"))
    device = person.context.new_cdp_session(person.page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page = open_sure(person.sign_in(name, password), "/accounts/2fa/webauthn/add/", password)
    person.look("passkey")
    page.fill("input[name=name]", "My phone")
    page.check("input[name=passwordless]")
    page.click("#mfa_webauthn_add")
    page.wait_for_url(lambda url: "/webauthn/add/" not in url)
    person.open("/accounts/2fa/webauthn/")
    person.look("passkeys")
    assert "My phone" in page.inner_text("main")

    log_out(person)
    page.click("#passkey_login")
    page.wait_for_url(lambda url: "/accounts/" not in url)
    assert name in page.inner_text("header")


def test_a_session_ended_elsewhere_is_over(visitor, newcomer):
    name, password = newcomer(role="analyst")
    lost = visitor().sign_in(name, password)
    here = visitor().sign_in(name, password)
    page = here.open("/accounts/sessions/")
    here.look("two-sessions")
    assert page.locator("tbody tr").count() == 2
    page.locator("tbody button").click()
    page.locator(".messages").wait_for()
    assert page.locator("tbody tr").count() == 1

    lost.page.goto("/dashboards/")
    assert "/accounts/login/" in lost.page.url
    here.open("/dashboards/")
    assert page.locator("h1").inner_text() == "No store is yours to see"


def test_the_password_is_changed_by_oneself(visitor, newcomer):
    name, password = newcomer(role="analyst")
    person = visitor().sign_in(name, password)
    page = person.open("/accounts/password/change/")
    page.fill("input[name=oldpassword]", password)
    for field in ("password1", "password2"):
        page.fill(f"input[name={field}]", "short")
    page.press("input[name=password2]", "Enter")
    page.locator(".fault").first.wait_for()
    person.look("password-too-short")
    page.fill("input[name=oldpassword]", password)
    for field in ("password1", "password2"):
        page.fill(f"input[name={field}]", f"{password}-two")
    page.press("input[name=password2]", "Enter")
    page.locator(".messages").wait_for()
    log_out(person)
    person.sign_in(name, f"{password}-two")
