"""Every page, in both themes, narrow and wide: nothing keeps somebody out, nothing is wider than the window."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.everything import SETTINGS, fill, keep_sweep, paths, run_sweep, sign_in
from tests.browser.visit import Visit
from tests.fixtures.service import Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = (360, 1300)
#: Where nothing may stick out either.
ALL_WIDTHS = (320, 360, 768, 1099, 1300, 1900, 2560)
_FINDINGS = """
async () => (await axe.run()).violations
  .filter((found) => ["serious", "critical"].includes(found.impact))
  .map((found) => `${found.id}: ${found.nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`)
"""
#: Opens one after the other what opens over a page: how many there are, and those that stick out to the left or right.
_OUTSIDE = """
async () => {
  const all = [...document.querySelectorAll("details:is(.menu, .pop, .exact)")].filter((each) => each.offsetParent);
  const outside = [];
  for (const each of all) {
    const told = new Promise((resolve) => each.addEventListener("toggle", resolve, { once: true }));
    each.open = true;
    await told;
    const { left, right } = each.lastElementChild.getBoundingClientRect();
    if (left < 0 || right > innerWidth) outside.push(`${each.textContent.trim()}: ${left} to ${right}`);
    each.open = false;
  }
  return [all.length, outside];
}
"""
#: Links, buttons and what folds with less than 24 pixels either way; those within a sentence, and cards, are left out.
_SMALL = """
() => [...document.querySelectorAll("main :is(a[href], button, summary), footer a")]
  .filter((each) => each.offsetParent && !each.matches(".pool h3 a"))
  .filter((each) => {
    const sentence = each.closest("p, li, label, .banner");
    return !sentence || sentence.textContent.trim() === each.textContent.trim();
  })
  .filter((each) => ![...each.getClientRects()].some((box) => box.width >= 23.5 && box.height >= 23.5))
  .map((each) => each.outerHTML.slice(0, 120))
"""
_TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A service with something of everything, which nobody changes."""
    folder = tmp_path_factory.mktemp("pages") / "data"
    sweep = keep_sweep(folder)
    service = Service(folder, **SETTINGS)
    try:
        service.start()
        yield {"service": service, "sweep": sweep, **fill(service)}
    finally:
        service.stop()


@pytest.fixture
def look(chromium: "Browser", made: dict[str, Any]) -> Iterator[Visit]:
    visit = Visit(chromium, made["service"])
    sign_in(visit, made)
    yield visit
    visit.page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_serious_on_any_page(look: Visit, made: dict[str, Any], width: int, theme: Any) -> None:
    page = look.page
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    axe, found = AXE.read_text("utf-8"), {}
    for name, path in paths(made).items():
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, name
        page.evaluate(axe)
        findings = page.evaluate(_FINDINGS)
        if findings:
            found[name] = findings
    assert found == {}
    assert look.complaints == []
    assert look.hosts == {"127.0.0.1"}


def test_no_page_is_wider_than_its_window(look: Visit, made: dict[str, Any]) -> None:
    found = {}
    for name, path in paths(made).items():
        look.page.goto(path)
        for width in ALL_WIDTHS:
            look.page.set_viewport_size({"width": width, "height": 900})
            too_wide = look.page.evaluate(_TOO_WIDE)
            if too_wide > 0:
                found[name, width] = too_wide
    assert found == {}


def test_what_opens_over_a_page_stays_within_it_on_a_phone(look: Visit, made: dict[str, Any]) -> None:
    found, opened = {}, 0
    look.page.set_viewport_size({"width": 360, "height": 740})
    for name, path in paths(made).items():
        look.page.goto(path)
        count, outside = look.page.evaluate(_OUTSIDE)
        opened += count
        if outside:
            found[name] = outside
    assert found == {}
    assert opened > len(paths(made))


def test_links_and_buttons_are_large_enough_for_a_finger(look: Visit, made: dict[str, Any]) -> None:
    found = {}
    look.page.set_viewport_size({"width": 360, "height": 740})
    for name, path in paths(made).items():
        look.page.goto(path)
        if small := look.page.evaluate(_SMALL):
            found[name] = small
    assert found == {}


def test_every_page_reads_without_scripts(chromium: "Browser", made: dict[str, Any]) -> None:
    context = chromium.new_context(java_script_enabled=False, base_url=made["service"].url)
    context.add_cookies([{"name": "earnest_account", "value": made["token"], "url": made["service"].url}])
    page = context.new_page()
    for name, path in paths(made).items():
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, name
        assert page.locator("h1").count() == 1, name
    # forms work too: a quote, and what is due
    page.goto(f"/pools/{made['films']}/contribute")
    page.get_by_role("textbox").first.fill("w001 w077 w078")
    page.get_by_role("radio", name="positive").check()
    page.get_by_role("button", name="Get a quote").click()
    assert "You pay a deposit of" in page.locator("#sign").inner_text()
    context.close()


def test_what_is_drawn_of_a_sweep_can_be_seen(look: Visit, made: dict[str, Any]) -> None:
    """Marks of a chart share no class with what only screen readers are told."""
    look.page.goto(f"/sweeps/{made['sweep']}")
    for name in ("sl", "mk", "sb", "sd"):
        drawn = look.page.locator(f"#curves svg .{name}").first
        style = drawn.evaluate("mark => { const s = getComputedStyle(mark); return [s.clipPath, s.fill, s.stroke]; }")
        assert style[0] == "none", name
        assert style[1:] != ["none", "none"], name


def test_gas_of_a_pool_in_a_token_is_paid_in_native_coin(look: Visit, made: dict[str, Any]) -> None:
    look.page.goto(f"/pools/{made['paid']}")
    costs = look.page.locator("#rules .sum dd").all_inner_texts()
    assert len(costs) >= 4
    assert [cost for cost in costs if not cost.strip().endswith("ETH")] == []


def test_first_page_is_small(look: Visit) -> None:
    """At most 60 kB of scripts and 120 kB in all, as they are sent."""
    session = look.page.context.new_cdp_session(look.page)
    session.send("Network.enable")
    sent: dict[str, float] = {}
    kinds: dict[str, str] = {}
    session.on("Network.responseReceived", lambda told: kinds.update({told["requestId"]: told["type"]}))
    session.on("Network.loadingFinished", lambda told: sent.update({told["requestId"]: told["encodedDataLength"]}))
    look.page.goto("/")
    look.page.wait_for_load_state("networkidle")
    scripts = sum(size for which, size in sent.items() if kinds.get(which) == "Script")
    assert 0 < scripts <= 60_000
    assert sum(sent.values()) <= 120_000


def _wait_for_frames(page: "Page") -> None:
    """Until a report within a page is drawn, which is asked for once it is near the window."""
    if page.locator("iframe").count():
        page.locator("iframe").first.scroll_into_view_if_needed()
        page.frame_locator("iframe").first.locator("h1").first.wait_for()
        page.wait_for_load_state("networkidle")
        page.evaluate("scrollTo(0, 0)")


@pytest.mark.bench
@pytest.mark.timeout(1800)
def test_pictures_of_every_page_light_and_dark(look: Visit, made: dict[str, Any]) -> None:
    """What `make screenshots` writes, with the results of a sweep that was run."""
    shown = paths(made | {"sweep": run_sweep(made["service"])})
    out = ROOT / "build" / "screenshots"
    out.mkdir(parents=True, exist_ok=True)
    page = look.page
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            for name, path in shown.items():
                page.goto(path)
                _wait_for_frames(page)
                page.screenshot(path=out / f"{name}-{width}-{theme}.png", full_page=True)
    assert len(list(out.glob("*.png"))) >= 2 * len(WIDTHS) * len(shown)
