// An incident's page keeps what changes up to date; what the person types stays where it is.
import { tick } from "./countdown.js";

const EVERY_MS = 4000;
const place = document.querySelector("[data-incident-live]");
const said = document.querySelector("[data-said]");
const ahead = Date.parse(place.dataset.now) - Date.now();
let shown = "", failed = 0;

async function keepUp() {
  if (!document.hidden) {
    try {
      const answer = await fetch(place.dataset.incidentLive, { headers: { "Fsa-Background": "1" }, redirect: "manual" });
      if (answer.type === "opaqueredirect") {
        said.textContent = "Your session is over. Keep what you typed, and open this page again to sign in.";
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      const html = await answer.text();
      if (html !== shown && !place.contains(document.activeElement)) {
        const scrolled = place.querySelector(".in-terminals")?.scrollTop ?? 0;
        place.innerHTML = html;
        const list = place.querySelector(".in-terminals");
        if (list) list.scrollTop = scrolled;
        shown = html;
      }
      if (failed) said.textContent = "";
      failed = 0;
    } catch {
      failed += 1;
      if (failed === 2) said.textContent = "The server does not answer: what stands here may be old.";
    }
  }
  setTimeout(keepUp, EVERY_MS * Math.min(1 + failed, 10));
}

setInterval(() => tick(document, Date.now() + ahead), 1000);
setTimeout(keepUp, EVERY_MS);
