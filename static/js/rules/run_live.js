// Keeps the page of a run up to date: asks for what changes, and shows the page anew when the run's state has changed.

const FASTEST_MS = 1000;
const SLOWEST_MS = 15000;
const place = document.querySelector("[data-live]");
const said = document.querySelector("[data-said]");

async function follow(pause) {
  await new Promise((resolve) => setTimeout(resolve, pause));
  if (document.hidden) return follow(pause);
  try {
    const response = await fetch(place.dataset.live, { headers: { Accept: "text/html", "Fsa-Background": "1" }, credentials: "same-origin" });
    const state = response.headers.get("X-Run-State");
    if (!response.ok || !state) throw new Error("no answer");
    if (state !== place.dataset.state) return location.reload();
    show(await response.text());
    return follow(FASTEST_MS);
  } catch {
    // A lost look costs nothing: say so, and ask again, more and more seldom.
    said.textContent = "No answer from the platform: what stands here may be old. Asking again.";
    return follow(Math.min(pause * 2, SLOWEST_MS));
  }
}

function show(html) {
  const before = Number(place.querySelector("[data-percent]").dataset.percent);
  const scrolled = [...place.querySelectorAll(".facts__scroll")].map((one) => one.scrollLeft);
  place.innerHTML = html;
  place.querySelectorAll(".facts__scroll").forEach((one, at) => { one.scrollLeft = scrolled[at] ?? 0; });
  const now = Number(place.querySelector("[data-percent]").dataset.percent);
  // Every tenth is read out, not every second.
  if (Math.floor(now / 10) !== Math.floor(before / 10)) said.textContent = `${now}% done`;
  else if (said.textContent.startsWith("No answer")) said.textContent = "";
}

if (place) follow(FASTEST_MS);
