// The hosted checkout page: card frames and saved cards, a split that follows them, one Pay button.
import { showAmounts } from "./checkout/amounts.js";
import { Cards } from "./checkout/cards.js";
import { askTheBank } from "./checkout/challenge.js";
import { collectCards } from "./checkout/collect.js";
import { confirmPayment, follow, newKey, pollStatus, waitWords } from "./checkout/confirm.js";
import { Retry, sayRetry, watchConnection } from "./checkout/connection.js";
import { $, clearErrors, setText, showError, showNote } from "./checkout/dom.js";
import { EmailField } from "./checkout/email.js";
import { tellShop } from "./checkout/embedded.js";
import { LetterChoice } from "./checkout/letters.js";
import { LimitField } from "./checkout/limit.js";
import { Lines } from "./checkout/lines.js";
import { Progress } from "./checkout/progress.js";
import { showRefusal } from "./checkout/refusals.js";
import { offerReminder } from "./checkout/remind.js";
import { benefitNote, cardNote, expectedKind, KIND_WORDS, planFor, rolesOf, splitSentence, withLetters, withoutLines } from "./checkout/split.js";
import { reloadWhenOver, watchOtherTabs } from "./checkout/tabs.js";
import { money, t } from "./checkout/words.js";

const config = JSON.parse($("config").textContent);
const plainSplits = JSON.parse($("splits").textContent);
const letteredSplits = withLetters(plainSplits);
const savedCards = JSON.parse($("saved-cards").textContent);
const form = $("pay");
const total = Number(form.dataset.total);
const progress = new Progress(config.session);
const lines = new Lines({
  keptOff: new Set(progress.kept.keptOff ?? []),
  onChange: (keptOff) => {
    progress.keep({ keptOff: [...keptOff] });
    state.partial = null;
    showSplit();
  },
});
const letters = new LetterChoice({
  kept: progress.kept.letters,
  onChange: (choice) => {
    progress.keep({ letters: choice });
    state.partial = null;
    state.wanted = nothingQualifies() ? "single" : "benefit";
    showSplit();
  },
});
const wholeSplits = () => (letters.chosen ? letteredSplits : plainSplits);
const nothingQualifies = () => expectedKind(wholeSplits()) === null;
let splits = withoutLines(wholeSplits(), lines.keptOff);
const NO_BENEFIT_WORDS = $("no-benefit").textContent;

const state = {
  wanted: nothingQualifies() ? "single" : (progress.kept.wanted ?? "benefit"),
  kind: null, // of the card in the benefit frame
  cardKind: null, // of the one in the other frame
  second: undefined, // of the one in the second benefit frame, once there is one
  limit: null, // the most that the first benefit card shall pay, in cents
  partial: null, // {approved_cents, second_cents?} after a partial approval
  busy: false,
  attempt: null, // {key, body, roles}, kept until the server has answered it
};

const KNOWN_AS = { benefit: "kind", second: "second", card: "cardKind" };
const cards = new Cards({ config, savedCards, change: cardChanged, submit: () => form.requestSubmit() });

state.kind = cards.saved.benefit.chosen()?.kind ?? null;
state.cardKind = cards.saved.card.chosen()?.kind ?? null;

/** A card that holds money for a letter is given no ceiling: it would hold nothing then. */
const ceiling = () => (letters.chosen ? null : state.limit);
const plan = () => planFor({ ...state, limit: ceiling(), minimum: config.minimum_cents, splits, total });

function showSplit() {
  splits = withoutLines(wholeSplits(), lines.keptOff);
  const now = plan();
  const split = now.way === "split";
  showAmounts({ now, splits, total, kind: state.kind, hasSecond: state.second !== undefined });
  $("benefit").hidden = state.wanted === "single";
  setText($("benefit-title"), now.way === "ordinary" ? t("Card") : now.benefitWord);
  showNote("benefit", benefitNote(now, state.kind, { minimum: config.minimum_cents, keepsOff: lines.keptOff.size > 0 }));
  showNote("card", cardNote(now, state.cardKind));
  $("second").hidden = state.wanted === "single" || state.second === undefined || now.way === "ordinary";
  setText($("second-title"), now.secondWord);
  showNote("second", state.second === "none" ? t("This is not an FSA or HSA card: enter it as the other card.") : "");
  $("more-benefit").hidden = now.way !== "split" || state.second !== undefined || now.benefit === 0;
  $("benefit-limit-field").hidden = now.way !== "split" || now.benefit === 0 || Boolean(letters.chosen);
  $("card").hidden = now.way === "ordinary" || now.other === 0;
  setText($("card-title"), now.otherWord);
  $("have-benefit").hidden = state.wanted !== "single" || nothingQualifies();
  // A benefit card that pays nothing: its other fields need not be filled, and the next step says so.
  const useless = split && state.kind !== null && now.benefit === 0;
  cards.frames.benefit.showNumberOnly(useless);
  setText($("no-benefit"), useless ? t("Pay without it") : NO_BENEFIT_WORDS);
  lines.show({ now, splits, whole: wholeSplits(), kind: state.kind });
  setText($("split-live"), splitSentence(now));
  tellShop("change", { benefit_cents: now.benefit + now.second, other_cents: now.other });
  const allSaved = cards.showSaved($("pay-with"), rolesOf(now, state));
  $("keep-cards").hidden = allSaved || !config.knows_shopper; // an address that is only typed may be a stranger's
}

function setBusy(busy, words = "") {
  state.busy = busy;
  form.toggleAttribute("aria-busy", busy);
  $("pay-button").setAttribute("aria-disabled", String(busy));
  for (const part of document.querySelectorAll("[data-locks]")) part.inert = busy || state.attempt !== null;
  setText($("pay-status"), words);
}

const setButton = (words) => setText($("pay-button-word"), words);

function cardChanged(role, message) {
  $(`${role}-error`).hidden = true;
  const known = KNOWN_AS[role];
  if (message.kind === state[known]) return;
  state[known] = message.kind;
  if (role !== "card") state.partial = null;
  showSplit();
}

function want(wanted, focusOn) {
  state.wanted = wanted;
  progress.keep({ wanted });
  state.partial = null;
  clearErrors();
  showSplit();
  focusOn.focus();
}

function haveSecond(has) {
  progress.keep({ second: has });
  if (has) cards.open("second");
  state.second = has ? (cards.saved.second.chosen()?.kind ?? null) : undefined;
  state.partial = null;
  clearErrors();
  showSplit();
}

$("more-benefit-button").addEventListener("click", () => {
  haveSecond(true);
  cards.frames.second.focus();
});
$("no-second").addEventListener("click", () => haveSecond(false));

const limit = new LimitField({
  input: $("benefit-limit"), place: $("benefit-limit-field"), errorPlace: $("benefit-limit-error"), minimum: config.minimum_cents,
  most: () => splits[state.kind]?.benefit_cents ?? 0,
  onChange: (cents) => {
    state.limit = cents;
    progress.keep({ limit: cents });
    state.partial = null;
    showSplit();
  },
});

$("no-benefit").addEventListener("click", () => want("single", cards.frames.card));
$("have-benefit-button").addEventListener("click", () => want("benefit", cards.frames.benefit));

const email = new EmailField({ input: $("email"), errorPlace: $("email-error"), onType: (text) => progress.keep({ email: text }) });
$("save-cards").addEventListener("change", () => progress.keep({ save: $("save-cards").checked }));

/** An order that renews is paid only by cards that may be charged again; the shopper has to say so. */
function agreed() {
  const isMissing = config.must_save && !$("keep-cards").hidden && !$("save-cards").checked;
  $("save-error").hidden = !isMissing;
  setText($("save-error"), isMissing ? t("This order renews: tick the box, so that the store may charge the card again.") : "");
  if (isMissing) $("save-cards").focus();
  return !isMissing;
}

/** → {body, roles} of one attempt, or null after showing what is missing. */
async function prepareAttempt(now) {
  const roles = rolesOf(now, state);
  if (!agreed()) return null;
  const sent = await collectCards({
    cards, roles, limit: now.way === "split" ? ceiling() : null, keptOff: lines.keptOff,
    consent: $("save-cards").checked && !$("keep-cards").hidden ? config.consent : null, differs: (kind) => differsFromShown(kind, now),
  });
  const waits = now.way === "split" && letters.chosen;
  return sent && { roles, body: { cards: sent, ...(email.address && { email: email.address }), ...(waits && { letter_hold: { if_refused: letters.chosen } }) } };
}

/** The network knows the card better than its first digits. If that changes the amounts, show them and ask again. */
function differsFromShown(accountKind, shown) {
  if (accountKind === null) return false;
  const kind = KIND_WORDS[accountKind] ? accountKind : "none"; // "credit", "debit" and "ordinary" pay alike
  if (kind === state.kind) return false;
  state.kind = kind;
  const now = plan();
  showSplit();
  if (now.way === shown.way && now.benefit === shown.benefit) return false;
  showError("benefit", t("The bank calls this card: {kind}. The amounts changed.", { kind: KIND_WORDS[kind] ?? t("Card") }),
    t("{split} Nothing was charged yet: check, then press Pay again.", { split: splitSentence(now) }));
  return true;
}

const deeds = {
  emailFault: (message) => email.refuse(message),
  lowerTo: (cents) => limit.lowerTo(cents),
  payWithOne: () => want("single", cards.frames.card),
  partial: (partial) => {
    state.partial = partial;
    showSplit();
  },
};

async function waitElsewhere() {
  const ended = await pollStatus({
    url: config.status_url ?? `/pay/${config.session}/status/`,
    onWait: (seconds) => setText($("pay-status"), waitWords(seconds)),
  });
  if (ended.status === "open") {
    state.attempt = null;
    setBusy(false);
    showError("pay", t("The payment did not go through."), t("Nothing was charged. Check the details and press Pay again."));
  } else follow(ended.redirect_url);
}

async function send() {
  setBusy(true, t("Asking your bank. This takes a few seconds."));
  setButton(t("Paying {amount}…", { amount: money(total) }));
  const result = await confirmPayment({ url: config.pay_url, csrfToken: config.csrf_token, attempt: state.attempt });
  if (result.outcome === "complete") {
    retry.done();
    progress.forget();
    tellOtherTabs();
    setText($("pay-status"), t("Paid. Taking you back to the shop."));
    follow(result.redirectUrl);
    return;
  }
  if (result.outcome === "elsewhere") {
    retry.done();
    await waitElsewhere();
    setButton(t("Pay {amount}", { amount: money(total) }));
    return;
  }
  if (result.outcome === "action") return holderActs(result.challengeUrl);
  if (result.outcome === "unknown") return waitToRetry(result.waitSeconds);
  retry.done();
  const { roles } = state.attempt;
  state.attempt = null;
  setBusy(false);
  setButton(t("Pay {amount}", { amount: money(total) }));
  if (result.outcome === "refused") {
    tellShop("error", { code: result.error.code });
    showRefusal({ error: result.error, roles, now: plan, deeds });
  } else showError("pay", t("This page has been open too long."), t("Nothing was charged."), [t("Reload the page"), () => window.location.reload()]);
}

/** Nobody can tell what became of it: the same attempt goes out again, by itself or by the button. */
function waitToRetry(leastSeconds) {
  setBusy(false);
  setButton(t("Try again"));
  sayRetry(retry.plan(leastSeconds));
}

/** The card's bank wants its holder to act: show its page, then send the same cards again, under a new key. */
async function holderActs(challengeUrl) {
  setText($("pay-status"), t("Your bank wants to know whether it is you."));
  const outcome = await askTheBank({ dialog: $("challenge"), url: challengeUrl, statusUrl: config.status_url });
  if (outcome === "answered") {
    state.attempt = { ...state.attempt, key: newKey() };
    return send();
  }
  state.attempt = null;
  setBusy(false);
  setButton(t("Pay {amount}", { amount: money(total) }));
  return showError("card", t("You closed your bank’s question."), t("Nothing was charged. Press Pay to be asked again, or use another card."));
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (state.busy) return; // the second click of a double click ends here
  clearErrors();
  if (state.attempt) return retry.now(); // an unanswered attempt is sent again as it was, with its key
  if (!email.isInOrder()) return email.input.focus();
  if (!limit.isInOrder()) return limit.focus();
  if (!navigator.onLine) return showError("pay", t("You are offline."), t("Nothing was charged. Press Pay once you are connected again; all that you typed is kept."));
  setBusy(true, t("Checking the card."));
  const collected = await prepareAttempt(plan());
  if (!collected) return setBusy(false);
  state.attempt = { key: newKey(), ...collected };
  return send();
});

const retry = new Retry(() => send());
watchConnection({ cameBack: () => retry.isPlanned && retry.now() });

/** Elsewhere the order was paid or closed: show what became of it, unless this tab is at it itself. */
async function catchUp() {
  if (state.busy || state.attempt) return;
  const now = await fetch(config.status_url, { headers: { Accept: "application/json" }, credentials: "same-origin" }).then((answer) => answer.json()).catch(() => null);
  if (now && !["open", "requires_action"].includes(now.status)) window.location.reload();
}
const tellOtherTabs = watchOtherTabs({ session: config.session, moved: catchUp });

reloadWhenOver(form.dataset.expiresAt, () => state.busy);

offerReminder({
  box: $("remind"), note: $("remind-note"), email, url: config.remind_url, csrfToken: config.csrf_token, kept: progress.kept.remind,
  onTick: (remind) => progress.keep({ remind }),
});

function restore({ email: address, save, second, limit: cents }) {
  if (address) email.input.value = address;
  if (save) $("save-cards").checked = true;
  if (second) haveSecond(true);
  if (cents) limit.lowerTo(cents);
}

restore(progress.kept);
showSplit();
if (form.dataset.status === "processing") {
  setBusy(true, t("The payment is going through. Please keep this page open."));
  waitElsewhere();
}
