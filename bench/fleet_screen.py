"""The fleet's page with 50,000 terminals in Chromium: how soon it is painted, what a frame costs, and whether its heap stays as it is.

The page's own template and scripts, a list and frames made by the platform's own encoders, over loopback; no platform behind it, so that nothing
but the page is measured. --week then replays a week's frames, four a second, as fast as the page takes them up.
python -m bench.fleet_screen [--terminals 50000] [--frames 4000] [--changed 370] [--week]. Prints a table, and last one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
from typing import Any, Final

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fsa_platform.settings_for_types")
django.setup()

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright  # noqa: E402  (Django must be ready first)

from bench.fleet_screen_site import Site  # noqa: E402

CHROMIUM: Final = ["--no-sandbox", "--enable-precise-memory-info"]
VISITS: Final = 5
WEEK: Final = 7 * 24 * 3600 * 4  # frames
RING: Final = 1200  # frames that are replayed again and again: five minutes of a fleet
PAINTED: Final = """() => new Promise(done => {
  const look = () => globalThis.fleetPage?.isWhole() ? requestAnimationFrame(() => setTimeout(() => done(performance.now()))) : setTimeout(look, 4);
  look();
})"""
# In place of the browser's socket: the same frames in the same order, as many at once as the page is ready for.
REPLAYED: Final = """(() => {
  globalThis.WebSocket = class {
    static OPEN = 1; static CLOSED = 3;
    readyState = 1;
    constructor() { globalThis.line = this; setTimeout(() => this.onopen()); }
    send() {}
    close() {}
  };
  globalThis.replay = async (texts, frames) => {
    const bytes = await (await fetch("/frames.bin")).arrayBuffer();
    const view = new DataView(bytes), ring = [];
    for (let at = 0; at < bytes.byteLength;) { const size = view.getUint32(at, true); ring.push(bytes.slice(at + 4, at + 4 + size)); at += 4 + size; }
    const [hello, , ...figures] = texts;
    line.onmessage({ data: hello });
    line.onmessage({ data: ring[0] });
    for (let at = 0; at < frames; at += 1) {
      const frame = ring[1 + at % (ring.length - 1)].slice(0);
      new DataView(frame).setBigUint64(8, BigInt(at + 2), true);
      line.onmessage({ data: frame });
      if (at % 8 === 0) for (const text of figures) line.onmessage({ data: text });
      if (at % 100 === 0) await new Promise(go => setTimeout(go));
    }
    await new Promise(go => setTimeout(go, 500));
  };
})()"""


def heap_mb(session: CDPSession) -> float:
    """What is still reachable, after a collection."""
    session.send("HeapProfiler.collectGarbage")
    return round(float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6, 2)


def a_page(browser: Browser) -> Page:
    return browser.new_context(viewport={"width": 1440, "height": 900}).new_page()


def painted_ms(browser: Browser, site: Site) -> float:
    """From asking for the page until every cell is on it, in a browser that was never there."""
    page = a_page(browser)
    page.route_web_socket("**/ws/fleet/**", site.come)
    page.goto(f"{site.url}/admin/fleet/", wait_until="commit")
    found = float(page.evaluate(PAINTED))
    page.context.close()
    return found


def measure(browser: Browser, site: Site, frames: int) -> dict[str, Any]:
    first = [painted_ms(browser, site) for _ in range(VISITS)]
    page = a_page(browser)
    page.route_web_socket("**/ws/fleet/**", site.come)
    page.goto(f"{site.url}/admin/fleet/")
    page.evaluate(PAINTED)
    session = page.context.new_cdp_session(page)
    size = [site.tell() for _ in range(40)]
    page.wait_for_timeout(500)
    before = heap_mb(session)
    page.evaluate("fleetPage.wall.frames = {count: 0, worstMs: 0, totalMs: 0}")
    for place in range(frames):
        size.append(site.tell())
        if place % 200 == 0 and site.line is not None:
            for text in site.figures():
                site.line.send(text)
        page.wait_for_timeout(2)
    page.wait_for_function("count => Number(document.getElementById('fleet').dataset.frames) > count", arg=frames)
    painted = page.evaluate("fleetPage.wall.frames")
    found = {
        "terminals": len(site.roster.numbers), "first_paint_ms": round(statistics.median(first)), "first_paint_worst_ms": round(max(first)),
        "frames": frames, "painted": painted["count"],
        "frame_ms": round(painted["totalMs"] / max(painted["count"], 1), 2), "frame_worst_ms": round(painted["worstMs"], 1),
        "frame_bytes": round(statistics.mean(size)), "list_kb": round(len(site.roster.listed(None).body) / 1000),
        "heap_before_mb": before, "heap_after_mb": heap_mb(session),
    }  # fmt: skip
    page.context.close()
    return found


def replay(browser: Browser, site: Site, frames: int) -> dict[str, Any]:
    """A tenth first, so that everything that is made once is made; then all of them."""
    ring = [site.whole(), *(site.next() for _ in range(RING))]
    site.frames = b"".join(len(frame).to_bytes(4, "little") + frame for frame in ring)
    texts = [*site.greeting(), *site.figures()]
    page = a_page(browser)
    page.set_default_timeout(0)
    page.add_init_script(REPLAYED)
    page.goto(f"{site.url}/admin/fleet/")
    page.wait_for_function("globalThis.fleetPage?.fleet.size")
    session = page.context.new_cdp_session(page)
    page.evaluate("([texts, frames]) => replay(texts, frames)", [texts, frames // 10])
    before = heap_mb(session)
    page.evaluate("([texts, frames]) => replay(texts, frames)", [texts, frames])
    after = heap_mb(session)
    page.context.close()
    return {"week_frames": frames, "week_heap_before_mb": before, "week_heap_after_mb": after}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--terminals", type=int, default=50_000)
    parser.add_argument("--frames", type=int, default=4000)
    parser.add_argument("--changed", type=int, default=370, help="terminals that change in a frame")
    parser.add_argument("--week", action="store_true", help="replay a week's frames; ten minutes and more")
    asked = parser.parse_args()
    site = Site(asked.terminals, asked.changed)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        found = measure(browser, site, asked.frames)
        if asked.week:
            found |= replay(browser, site, WEEK)
        browser.close()
    for name, value in found.items():
        print(f"{name:<22}{value:>12}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
