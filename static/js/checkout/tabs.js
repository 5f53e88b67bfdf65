// One order in several tabs, and a page that comes back out of the browser's memory: none may show what is no longer true.

const LONGEST_TIMER_MS = 2 ** 31;

/** moved(): the order may have been paid or closed elsewhere. → tell(), for this tab to say so to the others. */
export function watchOtherTabs({ session, moved }) {
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(`checkout:${session}`) : null;
  channel?.addEventListener("message", moved);
  window.addEventListener("pageshow", (event) => event.persisted && moved()); // the back button
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && moved());
  return () => channel?.postMessage("moved");
}

/** The page of a session that is over says so. isBusy(): then it waits for the answer first. */
export function reloadWhenOver(expiresAt, isBusy) {
  const closesIn = Date.parse(expiresAt) - Date.now();
  if (!(closesIn > 0 && closesIn < LONGEST_TIMER_MS)) return;
  const reload = () => (isBusy() ? setTimeout(reload, 5_000) : window.location.reload());
  setTimeout(reload, closesIn + 1_000);
}
