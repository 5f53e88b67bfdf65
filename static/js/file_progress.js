// Follows a file that is worked through: asks how far it is, and shows the page anew when it has ended.

const FASTEST_MS = 1500;
const SLOWEST_MS = 15000;
const place = document.querySelector("[data-follow]");

async function follow(pause) {
  await new Promise((resolve) => setTimeout(resolve, pause));
  if (document.hidden) return follow(pause);
  try {
    const response = await fetch(place.dataset.follow, { headers: { Accept: "application/json", "Fsa-Background": "1" }, credentials: "same-origin" });
    if (!response.ok || !response.headers.get("content-type")?.includes("json")) throw new Error("no answer");
    const now = await response.json();
    if (!now.is_open) return location.reload();
    show(now);
    return follow(FASTEST_MS);
  } catch {
    // A lost look costs nothing: ask again, more and more seldom.
    return follow(Math.min(pause * 2, SLOWEST_MS));
  }
}

function show(now) {
  const meter = place.querySelector("progress");
  const tenth = Math.floor(now.percent / 10);
  if (tenth !== Math.floor(meter.value / 10)) place.querySelector("[data-said]").textContent = `${now.percent}% done`;
  meter.value = now.percent;
  place.querySelector("[data-words]").textContent = now.words;
}

if (place) follow(FASTEST_MS);
