// Small things that every part of the pay page does to the page.

export const $ = (id) => document.getElementById(id);

export function setText(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

export function showNote(place, words) {
  const note = $(`${place}-note`);
  setText(note, words);
  note.hidden = !words;
}

/** An error beside what caused it, read out, with the next step in it. `next`: [label, what to do] or null. */
export function showError(place, title, text = "", next = null) {
  const box = $(`${place}-error`);
  box.querySelector("[data-title]").textContent = title;
  box.querySelector("[data-text]").textContent = text ? ` ${text}` : "";
  const button = box.querySelector("button");
  button.hidden = !next;
  button.textContent = next?.[0] ?? "";
  button.onclick = next?.[1] ?? null;
  box.hidden = false;
  box.scrollIntoView({ block: "center" });
  box.focus({ preventScroll: true }); // who cannot see it is where it is read, and Tab goes on from there
}

export function clearErrors() {
  for (const place of ["benefit", "second", "card", "pay"]) $(`${place}-error`).hidden = true;
}
