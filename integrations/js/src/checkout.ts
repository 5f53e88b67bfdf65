// To the hosted checkout page: by going there, or by showing it in a frame.
import { webAddress } from "./api";
import { FsaError } from "./errors";
import type { CheckoutEvent, EmbeddedCheckout, SessionLike } from "./types";

const READY_WITHIN_MS = 20_000;
const FIRST_HEIGHT = "640px";
// Never allow-top-navigation: the frame cannot move the shop's page. Popups are for receipts and banks.
const SANDBOX = "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox";
const EVENTS = ["ready", "change", "complete", "cancel", "error"];

/** The page's address, if it is a checkout page of this platform: a shop's data may not send shoppers elsewhere. */
function checkoutPage(origin: string, session: SessionLike): URL {
  const url = webAddress(typeof session === "string" ? session : session?.url);
  if (url?.origin === origin && /^\/(pay|l)\/\w+\/$/.test(url.pathname)) return url;
  throw new FsaError("checkout_url_refused", `Pass a checkout session as your server got it, or its url: one that begins with ${origin}/pay/.`);
}

export function redirectToCheckout(origin: string, session: SessionLike): void {
  window.location.assign(checkoutPage(origin, session));
}

export function embedCheckout(
  origin: string,
  session: SessionLike,
  into: Element,
  onEvent: (event: CheckoutEvent) => void = () => {},
): EmbeddedCheckout {
  const url = checkoutPage(origin, session);
  const id = url.pathname.split("/")[2];
  const frame = document.createElement("iframe");
  frame.title = "FSA/HSA checkout";
  frame.setAttribute("sandbox", SANDBOX);
  frame.setAttribute("referrerpolicy", "origin"); // the page answers the site that frames it, and needs no more of it
  Object.assign(frame.style, { width: "100%", height: FIRST_HEIGHT, border: "0", display: "block", colorScheme: "normal" });
  frame.src = url.href;

  const hear = ({ origin: from, source, data }: MessageEvent): void => {
    if (from !== origin || !source || source !== frame.contentWindow || data?.fsa !== 1 || data.session !== id) return;
    clearTimeout(late);
    if (data.height > 0) frame.style.height = `${Math.ceil(data.height)}px`;
    if (!EVENTS.includes(data.type)) return;
    const { fsa, height, ...event } = data;
    onEvent(event);
  };
  const destroy = (): void => {
    clearTimeout(late);
    removeEventListener("message", hear);
    frame.remove();
  };
  const late = setTimeout(() => {
    destroy();
    onEvent({ type: "error", session: id, code: "checkout_unreachable" });
  }, READY_WITHIN_MS);
  addEventListener("message", hear);
  into.append(frame);
  return { frame, destroy };
}
