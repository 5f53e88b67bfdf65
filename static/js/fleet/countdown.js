// SLA clocks count on between two updates, with the words of pos_monitor/alerts/countdown.py.
export function span(seconds) {
  const minutes = Math.floor(seconds / 60), hours = Math.floor(seconds / 3600), days = Math.floor(seconds / 86400);
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (minutes < 60) return `${minutes} min`;
  if (hours < 24) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${days} d ${hours % 24} h`;
}

/** Set what every clock below `root` says at `now`, a time in ms as the server counts it. */
export function tick(root, now) {
  for (const clock of root.querySelectorAll("[data-due]")) {
    const left = (Date.parse(clock.dataset.due) - now) / 1000;
    const words = left > 0 ? `${clock.dataset.what} in ${span(left)}` : `${clock.dataset.what} ${span(-left)} late`;
    if (clock.textContent !== words) clock.textContent = words;
    clock.classList.toggle("in-clock--fault", left <= 0);
    if (left <= 0) clock.classList.remove("in-clock--warn", "in-clock--info");
  }
  for (const since of root.querySelectorAll("[data-since][datetime]")) {
    const words = span(Math.max(0, (now - Date.parse(since.dateTime)) / 1000));
    if (since.textContent !== words) since.textContent = words;
  }
}
