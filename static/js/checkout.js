// The hosted checkout page: two card frames, a split that follows them, one Pay button.
import { CardFrame } from "./checkout/card.js";
import { confirmPayment, follow, newKey, pollStatus } from "./checkout/confirm.js";
import { benefitNote, cardNote, dependsOnKind, expectedKind, KIND_WORDS, money, outlook, payerWords, planFor, splitSentence } from "./checkout/split.js";

const $ = (id) => document.getElementById(id);
const config = JSON.parse($("config").textContent);
const splits = JSON.parse($("splits").textContent);
const form = $("pay");
const total = Number(form.dataset.total);
const lines = [...document.querySelectorAll("[data-line]")].map((element) => ({
  element, position: element.dataset.line, total: Number(element.dataset.total), status: element.dataset.status,
}));
const NO_BENEFIT_WORDS = $("no-benefit").textContent;
const nothingQualifies = expectedKind(splits) === null;

const state = {
  wanted: nothingQualifies ? "single" : "benefit",
  kind: null, // of the card in the benefit frame
  cardKind: null, // of the one in the other frame
  partial: null, // {approved_cents} after a partial approval
  busy: false,
  attempt: null, // {key, body}, kept until the server has answered it
};

const frames = {};
for (const [role, title] of [["benefit", "FSA or HSA card: number, expiry date, security code"], ["card", "Other card: number, expiry date, security code"]]) {
  frames[role] = new CardFrame({
    slot: $(`${role}-frame`), url: config.frame_url, origin: config.frame_origin, title, role,
    on: { change: (message) => cardChanged(role, message), submit: () => form.requestSubmit() },
  });
}

const plan = () => planFor({ ...state, splits, total });

// --- showing -------------------------------------------------------------------------------------------------------

function setText(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

function showLine(line, now) {
  const payer = line.element.querySelector("[data-payer]");
  const why = now.lines?.[line.position]?.why ?? "";
  const benefit = now.lines?.[line.position]?.benefit_cents ?? 0;
  const isOpen = now.way === "split" && state.kind === null && dependsOnKind(splits, line.position);
  setText(payer, isOpen ? "Depends on the card" : payerWords(now, line));
  // An eligible line that this card does not pay needs its reason in sight; elsewhere the verdict says it.
  const surprising = !isOpen && now.way === "split" && line.status === "eligible" && benefit < line.total && why;
  const note = line.element.querySelector("[data-note]");
  setText(note, surprising ? why : "");
  note.hidden = !surprising;
}

function showNote(place, words) {
  const note = $(`${place}-note`);
  setText(note, words);
  note.hidden = !words;
}

function showSplit() {
  const now = plan();
  const split = now.way === "split";
  $("split").hidden = !split;
  setText($("split-benefit-word"), now.benefitWord);
  const { most, differs } = outlook(splits);
  const unsure = split && state.kind === null && differs; // an HSA card may pay what an FSA card may not
  setText($("split-benefit"), unsure ? `up to ${money(most)}` : money(now.benefit));
  setText($("split-other"), unsure ? `${money(total - most)} or more` : money(now.other));
  $("split-fill").setAttribute("width", `${(100 * now.benefit) / Math.max(total, 1)}%`);
  $("benefit").hidden = state.wanted === "single";
  setText($("benefit-pays"), now.way === "ordinary" ? money(total) : unsure ? `up to ${money(most)}` : money(now.benefit));
  setText($("benefit-title"), now.way === "ordinary" ? "Card" : now.benefitWord);
  showNote("benefit", benefitNote(now, state.kind));
  showNote("card", cardNote(now, state.cardKind));
  $("card").hidden = now.way === "ordinary" || now.other === 0;
  setText($("card-title"), now.otherWord);
  setText($("card-pays"), unsure ? `${money(total - most)} or more` : money(now.other));
  $("have-benefit").hidden = state.wanted !== "single" || nothingQualifies;
  // A benefit card that pays nothing: its other fields need not be filled, and the next step says so.
  const useless = split && state.kind !== null && now.benefit === 0;
  frames.benefit.showNumberOnly(useless);
  setText($("no-benefit"), useless ? "Pay without it" : NO_BENEFIT_WORDS);
  for (const line of lines) showLine(line, now);
  setText($("split-live"), splitSentence(now));
}

/** An error beside what caused it, read out, with the next step in it. `next`: [label, what to do] or null. */
function showError(place, title, text = "", next = null) {
  const box = $(`${place}-error`);
  box.querySelector("[data-title]").textContent = title;
  box.querySelector("[data-text]").textContent = text ? ` ${text}` : "";
  const button = box.querySelector("button");
  button.hidden = !next;
  button.textContent = next?.[0] ?? "";
  button.onclick = next?.[1] ?? null;
  box.hidden = false;
  box.scrollIntoView({ block: "center" });
}

function clearErrors() {
  for (const place of ["benefit", "card", "pay"]) $(`${place}-error`).hidden = true;
}

function setBusy(busy, words = "") {
  state.busy = busy;
  form.toggleAttribute("aria-busy", busy);
  $("pay-button").setAttribute("aria-disabled", String(busy));
  for (const part of document.querySelectorAll("[data-locks]")) part.inert = busy || state.attempt !== null;
  setText($("pay-status"), words);
}

function setButton(words) {
  setText($("pay-button-word"), words);
}

// --- what people and frames do -------------------------------------------------------------------------------------

function cardChanged(role, message) {
  $(`${role}-error`).hidden = true;
  const known = role === "benefit" ? "kind" : "cardKind";
  if (message.kind === state[known]) return;
  state[known] = message.kind;
  if (role === "benefit") state.partial = null;
  showSplit();
}

function want(wanted, focusOn) {
  state.wanted = wanted;
  state.partial = null;
  clearErrors();
  showSplit();
  focusOn.focus();
}

$("no-benefit").addEventListener("click", () => want("single", frames.card));
$("have-benefit-button").addEventListener("click", () => want("benefit", frames.benefit));

const email = $("email");

/** "" or what is wrong with the address; an empty one is allowed. */
function emailError() {
  return email.value.trim() === "" || email.validity.valid ? "" : "This address is not complete. Example: ana@example.com";
}

function checkEmail() {
  const message = emailError();
  setText($("email-error"), message);
  if (message) email.setAttribute("aria-invalid", "true");
  else email.removeAttribute("aria-invalid");
  return message === "";
}

email.addEventListener("blur", checkEmail);
email.addEventListener("input", () => email.hasAttribute("aria-invalid") && checkEmail());

// --- paying --------------------------------------------------------------------------------------------------------

/** The cards this plan charges: [frame role, name of its token in the request]. */
function cardsOf(now) {
  if (now.way === "single") return [["card", "card_token"]];
  if (now.way === "ordinary") return [["benefit", "card_token"]];
  const cards = [];
  if (now.benefit > 0 || state.partial) cards.push(["benefit", "benefit_card_token"]);
  if (now.other > 0) cards.push(["card", "card_token"]);
  return cards;
}

/** Ask every frame for a token. → request body, or null after showing what is missing. */
async function collectTokens(now) {
  const cards = cardsOf(now);
  const answers = await Promise.all(cards.map(([role]) => frames[role].tokenise()));
  const body = {};
  for (const [i, answer] of answers.entries()) {
    const [role, name] = cards[i];
    if (answer.type === "error") {
      if (!answer.field) showError(role, answer.message);
      frames[role].focus(answer.field ?? undefined);
      return null;
    }
    if (role === "benefit" && differsFromShown(answer.card?.account_kind ?? null, now)) return null;
    body[name] = answer.token;
  }
  if (email.value.trim()) body.email = email.value.trim();
  return body;
}

/** The network knows the card better than its first digits. If that changes the amounts, show them and ask again. */
function differsFromShown(accountKind, shown) {
  if (accountKind === null) return false;
  const kind = KIND_WORDS[accountKind] ? accountKind : "none"; // "credit", "debit" and "unknown" pay alike
  if (kind === state.kind) return false;
  state.kind = kind;
  const now = plan();
  showSplit();
  if (now.way === shown.way && now.benefit === shown.benefit) return false;
  const word = KIND_WORDS[kind] ? `This is ${/^[FHU]/.test(KIND_WORDS[kind]) ? "an" : "a"} ${KIND_WORDS[kind]}.` : "This is an ordinary card.";
  showError("benefit", `${word} The amounts changed.`, `${splitSentence(now)} Nothing was charged yet: check, then press Pay again.`);
  return true;
}

const PLACE_OF_PARAM = { benefit_card_token: "benefit", card_token: "card" };

function showRefusal(error) {
  const now = plan();
  if (error.partial) {
    const asked = now.benefit;
    state.partial = { approved_cents: error.partial.approved_cents };
    showSplit();
    const after = plan();
    showError("benefit", error.message ?? `Your ${after.benefitWord} approved ${money(after.benefit)} of ${money(asked)}.`,
      error.advice ?? `Enter another card below for the other ${money(after.other)}, then press Pay again.`);
    return;
  }
  let place = PLACE_OF_PARAM[error.param] ?? "pay";
  if (place === "card" && now.way === "ordinary") place = "benefit";
  if (error.param === "email") {
    setText($("email-error"), error.message);
    email.setAttribute("aria-invalid", "true");
    email.focus();
    return;
  }
  const next = place === "benefit" && now.way === "split" ? ["Pay everything with one ordinary card", () => want("single", frames.card)] : null;
  showError(place, error.message, error.advice ?? "Nothing was charged. Check the details or use another card.", next);
}

async function waitElsewhere() {
  const ended = await pollStatus({
    url: config.status_url ?? `/pay/${config.session}/status/`,
    onWait: (seconds) => setText($("pay-status"), seconds < 20
      ? "The payment is going through. Please keep this page open."
      : "This takes longer than usual. You may close the page: you cannot be charged twice, and the store knows the order."),
  });
  if (ended.status === "open") {
    state.attempt = null;
    setBusy(false);
    showError("pay", "The payment did not go through.", "Nothing was charged. Check the details and press Pay again.");
  } else follow(ended.redirect_url);
}

async function send() {
  setBusy(true, "Asking your bank. This takes a few seconds.");
  setButton(`Paying ${money(total)}…`);
  const result = await confirmPayment({ url: config.pay_url, csrfToken: config.csrf_token, attempt: state.attempt });
  if (result.outcome === "complete") {
    setText($("pay-status"), "Paid. Taking you back to the shop.");
    follow(result.redirectUrl);
    return;
  }
  if (result.outcome === "elsewhere") {
    await waitElsewhere();
    setButton(`Pay ${money(total)}`);
    return;
  }
  if (result.outcome === "unknown") {
    setBusy(false);
    setButton("Try again");
    showError("pay", "The connection dropped before the answer came.",
      result.waitSeconds ? `Wait ${result.waitSeconds} seconds, then press Try again: you cannot be charged twice.` : "Press Try again: you cannot be charged twice.");
    return;
  }
  state.attempt = null;
  setBusy(false);
  setButton(`Pay ${money(total)}`);
  if (result.outcome === "refused") showRefusal(result.error);
  else showError("pay", "This page has been open too long.", "Nothing was charged.", ["Reload the page", () => window.location.reload()]);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (state.busy) return; // the second click of a double click ends here
  clearErrors();
  if (state.attempt) return send(); // an unanswered attempt is sent again as it was, with its key
  if (!checkEmail()) return email.focus();
  setBusy(true, "Checking the card.");
  const body = await collectTokens(plan());
  if (!body) return setBusy(false);
  state.attempt = { key: newKey(), body };
  return send();
});

const closesIn = Date.parse(form.dataset.expiresAt) - Date.now();
if (closesIn > 0 && closesIn < 2 ** 31) {
  const reload = () => (state.busy ? setTimeout(reload, 5_000) : window.location.reload());
  setTimeout(reload, closesIn + 1_000);
}

showSplit();
if (form.dataset.status === "processing") {
  setBusy(true, "The payment is going through. Please keep this page open.");
  waitElsewhere();
}
