// Keeps a part of a page fresh: fetches the part from its data-refresh address every data-every seconds and puts it in place.
// What has the keyboard's focus keeps it. A look that is lost costs nothing: the page says that it may be old, and asks again later.

const SLOWEST_S = 60;

async function follow(place, pause, note) {
  await new Promise((resolve) => setTimeout(resolve, pause * 1000));
  if (document.hidden || place.contains(document.activeElement)) return follow(place, Number(place.dataset.every), note);
  try {
    const response = await fetch(place.dataset.refresh, { headers: { Accept: "text/html", "Fsa-Background": "1" }, credentials: "same-origin", redirect: "error" });
    if (!response.ok) throw new Error("no answer");
    const text = await response.text();
    if (text !== place.dataset.shown) {
      const fresh = new DOMParser().parseFromString(text, "text/html");
      place.replaceChildren(...fresh.body.childNodes);
      place.dataset.shown = text;
    }
    note.textContent = "";
    return follow(place, Number(place.dataset.every), note);
  } catch {
    note.textContent = "No answer from the platform: what stands here may be old. Asking again.";
    return follow(place, Math.min(pause * 2, SLOWEST_S), note);
  }
}

for (const place of document.querySelectorAll("[data-refresh]")) {
  const note = document.createElement("p");
  note.className = "soft small";
  note.setAttribute("role", "status");
  place.after(note);
  follow(place, Number(place.dataset.every), note);
}
