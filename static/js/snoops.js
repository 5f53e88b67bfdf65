// Tells once of each card that it was on screen: half of it, for a second, in a tab that is looked at.

const SEEN_AFTER_MS = 1000;
const HALF = 0.5;

function tell(card) {
  const token = card.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
  const body = new URLSearchParams({ csrfmiddlewaretoken: token, position: card.dataset.position ?? "" });
  // A failure costs one count; the next visit tells it again.
  fetch(card.dataset.seenUrl, { method: "POST", body, credentials: "same-origin", keepalive: true }).catch(() => {});
}

const timers = new Map();
const watcher = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting, intersectionRatio } of entries) {
      clearTimeout(timers.get(target));
      // A card taller than two screens never shows half of itself at once.
      const isOn = isIntersecting && (intersectionRatio >= HALF || target.offsetHeight > window.innerHeight);
      if (!isOn) continue;
      timers.set(
        target,
        setTimeout(() => {
          if (document.visibilityState !== "visible") return;
          watcher.unobserve(target);
          timers.delete(target);
          tell(target);
        }, SEEN_AFTER_MS),
      );
    }
  },
  { threshold: [0, HALF] },
);

for (const card of document.querySelectorAll("[data-seen-url]")) watcher.observe(card);
// Whoever comes back to the tab sees what stands there.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  for (const card of document.querySelectorAll("[data-seen-url]")) if (timers.has(card)) (watcher.unobserve(card), watcher.observe(card));
});
