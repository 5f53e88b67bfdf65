// The reminder that a shopper may ask for: a tick, with the address that they typed. Taken back by taking the tick away.
import { setText } from "./dom.js";
import { t } from "./words.js";

const TIMEOUT_MS = 10_000;

/** box, note: elements, or null where the store offers none; email: an EmailField; kept: was it ticked before a reload? onTick(ticked). */
export function offerReminder({ box, note, email, url, csrfToken, kept, onTick }) {
  if (!box) return;
  box.checked = kept === true;
  const ask = async () => {
    onTick(box.checked);
    if (box.checked && (!email.address || !email.isInOrder())) {
      box.checked = false;
      onTick(false);
      return email.refuse(t("Enter your e-mail address, so that we can remind you."));
    }
    const answer = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept": "application/json", "X-CSRFToken": csrfToken },
      body: JSON.stringify({ wants: box.checked, email: box.checked ? email.address : "" }),
      credentials: "same-origin",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => null);
    if (answer?.ok) return setText(note, box.checked ? t("You get one e-mail if you do not finish, and none if you do.") : "");
    box.checked = false;
    onTick(false);
    return setText(note, t("That could not be noted just now."));
  };
  box.addEventListener("change", ask);
  email.input.addEventListener("change", () => box.checked && ask()); // another address: that one then
}
