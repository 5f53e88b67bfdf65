// The SDK's playground: what is typed becomes elements, a checkout, and the lines to put on a page.
import { loadFsa } from "/sdk/v1/fsa.mjs";

const $ = (id) => document.getElementById(id);
const config = JSON.parse($("config").textContent);
const TYPING_MS = 300;
let fsa = null;
let loadedKey = null;
let embedded = null;

function say(place, words) {
  if ($(place).textContent !== words) $(place).textContent = words;
}

/** → the cart's lines, or null after saying what is wrong with them. */
function readCart() {
  let lines = null;
  try {
    lines = JSON.parse($("cart").value);
  } catch {
    say("cart-error", "This is no JSON yet.");
    return null;
  }
  say("cart-error", Array.isArray(lines) ? "" : "The cart is a list of lines.");
  return Array.isArray(lines) ? lines : null;
}

function load() {
  const key = $("key").value.trim();
  if (key === loadedKey) return;
  loadedKey = key;
  fsa = null;
  try {
    fsa = loadFsa({ publishableKey: key });
    say("key-error", "");
  } catch (error) {
    say("key-error", error.message);
  }
}

function element(name, attributes) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries({ ...attributes, lang: $("lang").value, theme: $("theme").value })) if (value) made.setAttribute(attribute, value);
  return made;
}

function showBadge() {
  const badge = element("fsa-badge", { ref: $("ref").value.trim() });
  badge.addEventListener("fsa-verdict", ({ detail }) => say("badge-words", detail ? `${detail.status}. ${detail.reason}` : "No answer, so nothing is shown."));
  $("badge-stage").replaceChildren(badge);
}

async function showSplit(lines) {
  const split = element("fsa-cart-split", {});
  split.lines = lines;
  split.addEventListener("fsa-split", ({ detail }) => say("split-words", detail?.amount_eligible_cents || detail?.amount_with_letter_cents ? "" : "Nothing here is eligible, or the cart was refused: nothing is shown."));
  $("split-stage").replaceChildren(split);
  await fsa.split(lines).catch((error) => say("cart-error", error.message));
}

function snippet(lines) {
  const more = `${$("lang").value === "es" ? ' lang="es"' : ""}${$("theme").value ? ` theme="${$("theme").value}"` : ""}`;
  const quoted = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return [
    `<script defer src="${config.platform}/sdk/v${config.version}/fsa.js"`, `  integrity="${config.integrity}"`,
    `  crossorigin="anonymous" data-publishable-key="${$("key").value.trim()}"></script>`, "",
    `<fsa-badge ref="${quoted($("ref").value.trim())}"${more}></fsa-badge>`, "",
    `<fsa-cart-split${more} lines='${JSON.stringify(lines).replaceAll("&", "&amp;").replaceAll("'", "&#39;")}'></fsa-cart-split>`,
  ].join("\n");
}

function show() {
  load();
  const lines = readCart();
  if (lines) {
    $("snippet").textContent = snippet(lines);
    $("copy").dataset.copy = snippet(lines);
  }
  if (!fsa) return;
  showBadge();
  if (lines) showSplit(lines);
}

/** What a shop's page asks its own server. → the session, or null after saying why there is none. */
async function makeSession() {
  const lines = readCart();
  if (!fsa || !lines) return null;
  say("checkout-error", "");
  const response = await fetch(config.session_url, {
    method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": config.csrf_token }, body: JSON.stringify({ line_items: lines }),
  }).catch(() => null);
  const answer = await response?.json().catch(() => null);
  if (response?.ok) return answer;
  say("checkout-error", answer?.message ?? "The platform does not answer. Try again.");
  return null;
}

function note(event) {
  const row = document.createElement("p");
  row.textContent = JSON.stringify(event);
  $("events").append(row);
  row.scrollIntoView({ block: "nearest" });
  if (event.type === "cancel") embedded.destroy();
}

$("redirect")?.addEventListener("click", async () => {
  const session = await makeSession();
  if (session) fsa.redirectToCheckout(session);
});

$("embed")?.addEventListener("click", async () => {
  const session = await makeSession();
  if (!session) return;
  embedded?.destroy();
  $("events").replaceChildren();
  $("checkout-card").hidden = false;
  embedded = fsa.embedCheckout(session, $("checkout"), note);
  $("checkout-card").scrollIntoView();
});

let typing = null;
$("try").addEventListener("submit", (event) => event.preventDefault());
$("try").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(show, TYPING_MS);
});
show();
