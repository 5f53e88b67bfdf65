// Talking to the server: one POST that is safe to repeat, and the poll while a payment is still under way.

import { isEmbedded } from "./embedded.js";
import { t } from "./words.js";

const LONG_WAIT_SECONDS = 20;
const CONFIRM_TIMEOUT_MS = 45_000; // two authorisations and a reversal fit well inside
const POLL_EVERY_MS = 2_000;

/** A fresh Idempotency-Key: 128 random bits. */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Send one attempt. The same attempt may be sent again: its key makes the server answer as it did the first time.
 * → {outcome: "complete", redirectUrl} | {outcome: "refused", error} | {outcome: "elsewhere", error}
 *   | {outcome: "action", challengeUrl} (the card's bank wants its holder to act first)
 *   | {outcome: "stale"} (the page outlived its session) | {outcome: "unknown", waitSeconds} (nobody can tell: ask again)
 */
export async function confirmPayment({ url, csrfToken, attempt }) {
  let response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept": "application/json", "X-CSRFToken": csrfToken, "Idempotency-Key": attempt.key },
      body: JSON.stringify(attempt.body),
      credentials: "same-origin",
      signal: AbortSignal.timeout(CONFIRM_TIMEOUT_MS),
    });
  } catch {
    return { outcome: "unknown", waitSeconds: 0 };
  }
  const body = await response.json().catch(() => null);
  if (response.ok && ["complete", "authorised"].includes(body?.status)) return { outcome: "complete", redirectUrl: body.redirect_url };
  if (response.ok && body?.status === "requires_action") return { outcome: "action", challengeUrl: body.challenge_url };
  if (response.ok || response.status === 409) return { outcome: "elsewhere", error: body?.error };
  if (response.status === 429) return { outcome: "unknown", waitSeconds: Number(response.headers.get("Retry-After")) || 5 };
  if (response.status >= 500) return { outcome: "unknown", waitSeconds: 0 };
  return body?.error ? { outcome: "refused", error: body.error } : { outcome: "stale" };
}

/** Ask for the status until it is none of `waitsFor`. `onWait(seconds)` is told how long it has taken. */
export async function pollStatus({ url, onWait, waitsFor = ["processing"], signal = null }) {
  const began = Date.now();
  while (!signal?.aborted) {
    try {
      const response = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      const body = await response.json();
      if (response.ok && body.status && !waitsFor.includes(body.status)) return body;
    } catch {
      // A lost poll costs nothing: ask again.
    }
    onWait(Math.round((Date.now() - began) / 1000));
    await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
  }
  return null;
}

/** What to say while a payment runs. */
export function waitWords(seconds) {
  return seconds < LONG_WAIT_SECONDS
    ? t("The payment is going through. Please keep this page open.")
    : t("This takes longer than usual. You may close the page: you cannot be charged twice, and the store knows the order.");
}

/** Only a web address may be followed; anything else shows our own page of the session. A frame never leaves for the shop. */
export function follow(redirectUrl) {
  const target = redirectUrl ? new URL(redirectUrl, window.location.href) : null;
  if (target && !isEmbedded && /^https?:$/.test(target.protocol)) window.location.assign(target.href);
  else window.location.reload();
}
