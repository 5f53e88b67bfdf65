// The card-capture frame: three fields, checked as they are left. The number leaves only for /v1/card_tokens.
// Parent and frame speak {fsa: 1, type}: in come tokenise, focus {field} and number_only {only}; out go ready, resize, change, submit, token, error.
import { fetchBins } from "./checkout/bins.js";
import { accountKindOf, cvcError, digitsOf, expiryAsTyped, expiryError, networkOf, numberError, readExpiry, spaced } from "./checkout/card_rules.js";
import { t } from "./checkout/words.js";

const TOKEN_TIMEOUT_MS = 20_000;
const { parentOrigin, publishableKey, session, tokenUrl, binsUrl } = document.body.dataset;
const form = document.getElementById("card");
const inputs = { number: document.getElementById("number"), expiry: document.getElementById("expiry"), cvc: document.getElementById("cvc") };
const network = document.getElementById("network");
let bins = []; // ranges of cards, fetched once: one file for every frame, kept by the browser until the table changes
const left = new Set(); // fields that were left once: from then on they are checked at each key
let lastChange = "";
let lastExpiry = "";

const tell = (message) => window.parent.postMessage({ fsa: 1, ...message }, parentOrigin);

const errorOf = {
  number: () => numberError(digitsOf(inputs.number.value)),
  expiry: () => expiryError(inputs.expiry.value, new Date()),
  cvc: () => cvcError(digitsOf(inputs.cvc.value), digitsOf(inputs.number.value)),
};

function show(field, message) {
  const line = document.getElementById(`${field}-error`);
  if (line.textContent !== message) line.textContent = message;
  if (message) inputs[field].setAttribute("aria-invalid", "true");
  else inputs[field].removeAttribute("aria-invalid");
}

/** Tell the parent what kind of card this is and whether it is complete; never a digit of it. */
function tellChange() {
  const digits = digitsOf(inputs.number.value);
  const found = networkOf(digits);
  network.textContent = found.word;
  const change = {
    type: "change",
    kind: accountKindOf(digits, bins),
    network: found.network,
    complete: Object.values(errorOf).every((check) => check() === ""),
    error: [...left].map((field) => errorOf[field]()).find(Boolean) ?? "",
  };
  if (JSON.stringify(change) === lastChange) return;
  lastChange = JSON.stringify(change);
  tell(change);
}

/** Space the number while typing, keeping the caret behind the same digit. */
function formatNumber() {
  const input = inputs.number;
  const digits = digitsOf(input.value).slice(0, 19);
  const digitsBefore = digitsOf(input.value.slice(0, input.selectionStart ?? 0)).length;
  const text = spaced(digits);
  if (text === input.value) return;
  input.value = text;
  let caret = 0;
  for (let seen = 0; caret < text.length && seen < digitsBefore; caret += 1) if (text[caret] !== " ") seen += 1;
  if (document.activeElement === input) input.setSelectionRange(caret, caret);
}

function formatExpiry() {
  inputs.expiry.value = expiryAsTyped(inputs.expiry.value, lastExpiry);
  lastExpiry = inputs.expiry.value;
}

form.addEventListener("input", (event) => {
  if (event.target === inputs.number) formatNumber();
  if (event.target === inputs.expiry) formatExpiry();
  if (event.target === inputs.cvc) inputs.cvc.value = digitsOf(inputs.cvc.value);
  for (const field of left) show(field, errorOf[field]());
  tellChange();
});

form.addEventListener("focusout", (event) => {
  const field = event.target.id;
  if (!inputs[field]?.value) return; // walking through an empty field is no mistake
  left.add(field);
  show(field, errorOf[field]());
  tellChange();
});

form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  tell({ type: "submit" });
});
form.addEventListener("submit", (event) => event.preventDefault());

/** Check and mark everything. → {field, message} of the first fault, or null. */
function refuseIncomplete() {
  let first = null;
  for (const field of Object.keys(inputs)) {
    left.add(field);
    const message = errorOf[field]();
    show(field, message);
    first ??= message && { field, message };
  }
  return first || null;
}

async function requestToken() {
  const { month, year } = readExpiry(inputs.expiry.value);
  const response = await fetch(tokenUrl, {
    method: "POST",
    headers: { "Authorization": `Bearer ${publishableKey}`, "Content-Type": "application/json" },
    body: JSON.stringify({ session, number: digitsOf(inputs.number.value), exp_month: month, exp_year: year, cvc: inputs.cvc.value }),
    credentials: "omit",
    referrerPolicy: "no-referrer",
    signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS),
  });
  return { ok: response.ok, body: await response.json().catch(() => ({})) };
}

const FIELD_OF_PARAM = { number: "number", exp_month: "expiry", exp_year: "expiry", cvc: "cvc" };

async function tokenise() {
  const fault = refuseIncomplete();
  if (fault) return { type: "error", ...fault };
  try {
    const { ok, body } = await requestToken();
    if (ok) return { type: "token", token: body.id, card: body.card };
    const field = FIELD_OF_PARAM[body.error?.param] ?? null;
    const said = body.error?.message;
    const message = said ? t(said) : t("The card could not be checked just now. Nothing was charged. Try again.");
    if (field) show(field, message);
    return { type: "error", field, message };
  } catch {
    return { type: "error", field: null, message: t("The connection dropped before the card was checked. Nothing was charged. Try again.") };
  }
}

let pending = null; // one token request at a time, whatever the parent asks

window.addEventListener("message", async (event) => {
  if (event.origin !== parentOrigin || event.source !== window.parent || event.data?.fsa !== 1) return;
  if (event.data.type === "focus") inputs[event.data.field]?.focus();
  if (event.data.type === "number_only") for (const field of ["expiry", "cvc"]) inputs[field].closest(".f").hidden = event.data.only === true;
  if (event.data.type !== "tokenise") return;
  pending ??= tokenise();
  const answer = await pending;
  pending = null;
  tell(answer);
});

new ResizeObserver(() => tell({ type: "resize", height: Math.ceil(document.body.getBoundingClientRect().height) })).observe(document.body);
tell({ type: "ready" });
fetchBins(binsUrl).then((found) => {
  bins = found;
  tellChange();
});
tellChange(); // the browser may have filled the fields already
