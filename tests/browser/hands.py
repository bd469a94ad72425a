"""A user's hands: the mouse, or the keyboard alone. Both find things by name, never by words."""

from __future__ import annotations

from typing import Protocol

from playwright.sync_api import ConsoleMessage, Page, Request

# The browser's own note of an answer that is meant (409 and 422 are part of the conversation), and
# of a line that a test takes away.
MEANT = (
    *("409 (Conflict)", "422 (Unprocessable", "404 (Not Found)", "403 (Forbidden)", "410 (Gone)"),
    "net::ERR_INTERNET_DISCONNECTED",
)
MOST_TABS = 120
# Told through the console: what the policy stopped, and that a pointer was used.
EARS = """
addEventListener('securitypolicyviolation',
  ({violatedDirective, blockedURI}) => console.error('stopped by', violatedDirective, blockedURI));
addEventListener('pointerdown', () => console.debug('pointer'), true);
"""


class Watched:
    """A page whose console and requests are listened to; `pointed` counts the mouse's presses."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = base
        self.complaints: list[str] = []
        self.pointed = 0
        page.add_init_script(EARS)
        page.on("console", self._hear)
        page.on("request", self._leave)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))

    def _leave(self, request: Request) -> None:
        if not request.url.startswith((self.base, "data:")):
            self.complaints.append(f"asks elsewhere: {request.url}")

    def _hear(self, message: ConsoleMessage) -> None:
        self.pointed += message.text == "pointer"
        if message.type == "error" and not any(one in message.text for one in MEANT):
            self.complaints.append(message.text)


class Hands(Protocol):
    page: Page

    def press(self, what: str) -> None: ...
    def write(self, where: str, text: str) -> None: ...
    def choose(self, name: str, value: str) -> None: ...
    def select(self, where: str, value: str) -> None: ...


class Mouse:
    """Points and clicks; types only where one writes."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, what: str) -> None:
        self.page.locator(what).first.click()

    def write(self, where: str, text: str) -> None:
        self.page.locator(where).first.click()
        self.page.keyboard.type(text)

    def choose(self, name: str, value: str) -> None:
        self.page.locator(f'input[name="{name}"][value="{value}"]').first.click()

    def select(self, where: str, value: str) -> None:
        self.page.locator(where).first.select_option(value)


class Keys:
    """The keyboard alone: Tab until it is there, then Enter, Space or the arrows."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def _at(self, what: str) -> bool:
        return bool(self.page.evaluate("(s) => document.activeElement?.matches(s) ?? false", what))

    def go(self, what: str) -> None:
        self.page.locator(what).first.wait_for(state="visible")
        for _ in range(MOST_TABS):
            if self._at(what):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"The Tab key never comes to {what}.")

    def press(self, what: str) -> None:
        self.go(what)
        self.page.keyboard.press("Enter")

    def write(self, where: str, text: str) -> None:
        self.go(where)
        self.page.keyboard.type(text)

    def choose(self, name: str, value: str) -> None:
        self.go(f'input[name="{name}"]')
        wanted = f'input[name="{name}"][value="{value}"]'
        for _ in range(12):
            if self._at(wanted):
                self.page.keyboard.press("Space")
                return
            self.page.keyboard.press("ArrowRight")
        raise AssertionError(f"The arrows never come to {value} of {name}.")

    def select(self, where: str, value: str) -> None:
        self.go(where)
        for key in ("Home", *["ArrowDown"] * 40):
            self.page.keyboard.press(key)
            if self.page.locator(where).first.input_value() == value:
                return
        raise AssertionError(f"The arrows never come to {value} of {where}.")
