// What part of time the charts show: one of the ranges that end now, or a stretch that somebody picked. It stands in the address.

const SPANS = { "1h": 3600, "24h": 86_400, "7d": 604_800, "90d": 7_776_000 };
const SHORTEST_S = 120;
const LONGEST_S = 400 * 86_400;

/** timeWindow("24h", serverNow): serverNow() in seconds. `changed` is called after each change by a person. */
export function timeWindow(usual, serverNow, changed) {
  let range = usual, since = 0, until = 0;

  function read() {
    const asked = new URLSearchParams(location.search);
    range = SPANS[asked.get("range")] ? asked.get("range") : usual;
    [since, until] = [Number(asked.get("since")) / 1000, Number(asked.get("until")) / 1000];
    if (!(until - since >= 1)) since = until = 0;
  }

  function write() {
    const address = new URL(location);
    for (const name of ["range", "since", "until"]) address.searchParams.delete(name);
    if (until) {
      address.searchParams.set("since", Math.round(since * 1000));
      address.searchParams.set("until", Math.round(until * 1000));
    }
    if (range !== usual) address.searchParams.set("range", range);
    history.replaceState(null, "", address);
    changed();
  }

  read();
  return {
    get range() { return range; },
    /** Whether it ends now, so that new reports belong to it. */
    get isLive() { return !until; },
    edges() { return until ? [since, until] : [serverNow() - SPANS[range], serverNow()]; },
    query() { return until ? `since=${Math.round(since * 1000)}&until=${Math.round(until * 1000)}` : `range=${range}`; },
    pick(next) { range = next; since = until = 0; write(); },
    whole() { since = until = 0; write(); },
    show(from, to) {
      const now = serverNow();
      const span = Math.min(LONGEST_S, Math.max(SHORTEST_S, to - from));
      const middle = (from + to) / 2;
      until = Math.min(now, middle + span / 2);
      since = until - span;
      write();
    },
    move(share) { const [from, to] = this.edges(); const step = (to - from) * share; this.show(from + step, to + step); },
    zoom(factor) { const [from, to] = this.edges(); const middle = (from + to) / 2, half = ((to - from) / 2) * factor; this.show(middle - half, middle + half); },
  };
}
