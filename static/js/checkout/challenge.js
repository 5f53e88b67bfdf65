// A bank that wants its holder to act (3-D Secure): its page in a frame over ours, until it has answered.
import { t } from "./words.js";
import { pollStatus } from "./confirm.js";

/** Show the bank's page and wait. → "answered" (confirm again) or "closed" (the shopper gave up). Nothing was charged either way. */
export async function askTheBank({ dialog, url, statusUrl }) {
  const frame = document.createElement("iframe");
  frame.title = t("Your bank asks whether it is you");
  frame.className = "challenge__frame";
  frame.src = url;
  dialog.querySelector("[data-frame]").replaceChildren(frame);
  dialog.showModal();
  const closed = new Promise((resolve) => dialog.addEventListener("close", () => resolve("closed"), { once: true }));
  const stop = new AbortController();
  const answered = pollStatus({ url: statusUrl, onWait: () => {}, waitsFor: ["processing", "requires_action"], signal: stop.signal }).then(() => "answered");
  const outcome = await Promise.race([answered, closed]);
  stop.abort();
  frame.remove();
  if (dialog.open) dialog.close();
  return outcome;
}
