// The table of card ranges, in the form in which it travels: for each kind of benefit card one text of ranges, each its first number
// and, where it is wider, a hyphen and the last digits of its last number.

const TRIES = 3;

/** {"fsa": "49999900000-19999999 …"} → [{from, to, kind}], in order of `from`. */
export function readBins(packed) {
  const spans = [];
  for (const [kind, text] of Object.entries(packed)) {
    for (const span of text.split(" ")) {
      const [from, tail = ""] = span.split("-");
      if (from) spans.push({ from, to: from.slice(0, from.length - tail.length) + tail, kind });
    }
  }
  return spans.sort((one, other) => (one.from < other.from ? -1 : 1));
}

/** → the ranges, or none where they cannot be had: then the network tells the kind of card when it is asked. */
export async function fetchBins(url) {
  for (let tried = 0; tried < TRIES; tried += 1) {
    try {
      const response = await fetch(url, { credentials: "omit", referrerPolicy: "no-referrer" });
      if (response.ok) return readBins(await response.json());
    } catch {
      // The connection: once more, a little later.
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000 * (tried + 1)));
  }
  return [];
}
