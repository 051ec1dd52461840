"""Headless Chromium for the tests: opens a file, clicks, evaluates, and tells what the console complained of."""

from __future__ import annotations

import base64
import shutil
import tempfile
from typing import TYPE_CHECKING, Any

from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
MISSING = "" if CHROMIUM and DRIVER else "Chromium is not installed: apt-get install chromium chromium-driver"

_FLAGS = (
    "headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
    "disable-component-update", "disable-sync", "hide-scrollbars",
)  # fmt: skip


class Browser:
    """One Chromium with an empty profile; a context manager."""

    def __init__(self) -> None:
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        options = ChromeOptions()
        options.binary_location = str(CHROMIUM)
        for flag in (*_FLAGS, f"user-data-dir={self._profile.name}"):
            options.add_argument(f"--{flag}")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = Chrome(options=options, service=ChromeService(str(DRIVER)))
        self.resize(1280, 900)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.driver.quit()
        self._profile.cleanup()

    def open(self, path: Path, fragment: str = "") -> None:
        """Load a file anew and wait until it is loaded."""
        self.driver.get("about:blank")
        self.errors()
        self.driver.get(path.resolve().as_uri() + fragment)

    def errors(self) -> list[str]:
        """What the console said since the last call, warnings and policy violations too."""
        return [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]

    def run(self, script: str, *arguments: object) -> Any:
        """What a piece of JavaScript returns."""
        return self.driver.execute_script(script, *arguments)

    def click(self, selector: str) -> None:
        """Click the first element of a CSS selector, as a person does: it has to be visible."""
        self.driver.find_element(By.CSS_SELECTOR, selector).click()

    def type(self, selector: str, keys: str) -> None:
        """Type into the first element of a CSS selector."""
        self.driver.find_element(By.CSS_SELECTOR, selector).send_keys(keys)

    def text(self, selector: str) -> str:
        """What a person can read of the first element of a CSS selector."""
        return self.driver.find_element(By.CSS_SELECTOR, selector).text

    def resize(self, width: int, height: int, *, phone: bool = False) -> None:
        """Set the window's size in CSS pixels; a phone has touch, no hover, and two pixels to each."""
        self._tell(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=2 if phone else 1, mobile=phone,
        )  # fmt: skip
        self._tell("Emulation.setTouchEmulationEnabled", enabled=phone)

    def prefer(self, scheme: str) -> None:
        """Ask for the "light" or the "dark" colour scheme."""
        self._tell("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, path: Path) -> None:
        """Write what the window shows as a PNG."""
        path.write_bytes(base64.b64decode(self.driver.get_screenshot_as_base64()))

    def _tell(self, command: str, **parameters: object) -> None:
        self.driver.execute_cdp_cmd(command, parameters)
