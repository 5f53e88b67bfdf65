// A dead network: saying so, and trying again by itself as soon as there is one. The same attempt under the same key pays once.
import { $, showError } from "./dom.js";
import { t } from "./words.js";

const PAUSES_S = [3, 5, 10, 20, 30]; // then every 30 s while the page is open
const SMALLEST_PAUSE_S = 1;

/** Show and hide the line that says that the browser is offline. */
export function watchConnection({ cameBack }) {
  const show = () => {
    $("offline").hidden = navigator.onLine;
  };
  window.addEventListener("offline", show);
  window.addEventListener("online", () => {
    show();
    cameBack();
  });
  show();
}

/** Sends again after a while, or at once when told. */
export class Retry {
  constructor(send) {
    Object.assign(this, { send, timer: null, tried: 0 });
  }

  /** leastSeconds: what the server asked for. → in how many seconds it is sent again. */
  plan(leastSeconds = 0) {
    const pause = Math.max(leastSeconds, PAUSES_S[Math.min(this.tried, PAUSES_S.length - 1)], SMALLEST_PAUSE_S);
    this.tried += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(), pause * 1_000);
    return pause;
  }

  get isPlanned() {
    return this.timer !== null;
  }

  now() {
    this.stop();
    this.send();
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = null;
  }

  done() {
    this.stop();
    this.tried = 0;
  }
}

/** Nobody can tell what became of the payment; it is asked again in so many seconds. */
export function sayRetry(seconds) {
  if (!navigator.onLine) showError("pay", t("You are offline."), t("Your cards are kept ready. We try again as soon as you are back, and you cannot be charged twice."));
  else showError("pay", t("The connection dropped before the answer came."), t("We try again in {seconds} seconds; you cannot be charged twice.", { seconds }));
}
