"""A person at a browser, and what went wrong on her pages."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
SHOTS = os.environ.get("EPM_SCREENSHOTS")
SERIOUS = ("serious", "critical")
AXE = Axe().axe_script
RUN_AXE = """rules => axe.run(
    document, {resultTypes: ["violations"], ...(rules && {runOnly: rules})},
).then(told => told.violations)"""
COLOURS = ["color-contrast", "link-in-text-block"]
"""What axe-core tells by colours; the rest of its rules read the document alone."""


class Visitor:
    """`page` is a Playwright page; faults of every page seen are kept."""

    def __init__(
        self,
        browser: Browser,
        *,
        site: str,
        password: str,
        language: str = "en",
        scheme: str = "light",
        phone: bool = False,
        signed_in: Any = None,
    ) -> None:
        """`signed_in`: the cookies of somebody who has signed in before."""
        self.site = site
        self.password = password
        self.scheme = scheme
        self.faults: list[str] = []
        self._expected = 200
        self.context = browser.new_context(
            base_url=site,
            locale={"en": "en-GB", "fr": "fr-FR"}[language],
            color_scheme=scheme,
            viewport=PHONE if phone else DESK,
            reduced_motion="reduce",
            accept_downloads=True,
            storage_state=signed_in,
        )
        self.page: Page = self.context.new_page()
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self._note(f"script error: {error}"))
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)

    def sign_in(self, name: str, password: str | None = None) -> "Visitor":
        self.type_password(name, password or self.password)
        self.page.wait_for_url(lambda url: "/login" not in url)
        return self

    def type_password(self, name: str, password: str) -> None:
        self.page.goto("/accounts/login/")
        self.page.locator("input[name=login]").fill(name)
        self.page.locator("input[name=password]").fill(password)
        self.page.locator("input[name=password]").press("Enter")

    def open(self, path: str, *, status: int = 200) -> Page:
        self._expected = status
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"
        self._expected = 200
        return self.page

    def check_accessibility(self, rules: list[str] | None = None) -> None:
        """Note what axe-core calls serious or worse; by all of its rules unless told which."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        found: list[dict[str, Any]] = self.page.evaluate(RUN_AXE, rules)
        for violation in found:
            if violation["impact"] in SERIOUS:
                where = "; ".join(node["html"][:160] for node in violation["nodes"][:3])
                self._note(f"axe {violation['id']} ({violation['help']}): {where}")

    def check_width(self) -> None:
        """Note a page that scrolls sideways."""
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if wide > 0:
            self._note(f"{wide} px too wide")

    def look(self, name: str, *, rules: list[str] | None = None) -> None:
        """Whatever can be judged of the page in view; a picture of it where wanted."""
        self.page.wait_for_load_state("load")
        assert self.page.title().strip(" ·|"), self.page.url
        assert self.page.locator("h1:visible").count() == 1, f"{self.page.url}: one h1"
        self.check_accessibility(rules)
        self.check_width()
        if SHOTS:
            self.shoot(name, folder=Path(SHOTS))

    def look_by_day_and_night(self, name: str) -> None:
        """The page in view in the theme it was loaded in, and, as a person changes it, in the
        other: of the same document only the colours are judged again."""
        self.look(f"{name}-{self.scheme}")
        self.scheme = "light" if self.scheme == "dark" else "dark"
        self.page.emulate_media(color_scheme=self.scheme)
        self.look(f"{name}-{self.scheme}", rules=COLOURS)

    def shoot(self, name: str, *, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=folder / f"{name}.png", full_page=True)

    def leave(self) -> list[str]:
        self.context.close()
        return self.faults

    def _note(self, fault: str) -> None:
        self.faults.append(f"{self.page.url}: {fault}")

    def _said(self, message: ConsoleMessage) -> None:
        if self._expected != 200 and f"status of {self._expected}" in message.text:
            return
        if message.type in ("error", "warning"):
            self._note(f"console {message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        scheme, host, *_ = urlsplit(request.url)
        if scheme in ("http", "https") and host != urlsplit(self.site).netloc:
            self._note(f"foreign request: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self._note(f"{response.url} answered {response.status}")
