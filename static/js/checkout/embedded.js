// The page inside a shop's own, as `embedCheckout` of the JavaScript SDK shows it: it says what happens to it, and how high it is.
// Only sites that the merchant named are told, each by its origin; no card, no token and no address is ever in a message.

const written = document.getElementById("embedding")?.textContent;
const { session, origins, says } = written ? JSON.parse(written) : { session: "", origins: [], says: {} };

export const isEmbedded = origins.length > 0 && window.parent !== window;

/** The site around us, where the browser names it; else all that it may be: the browser hands a message to no other. */
function shops() {
  const around = window.location.ancestorOrigins?.[0] ?? (document.referrer ? new URL(document.referrer).origin : "");
  return origins.includes(around) ? [around] : origins;
}

const heightNow = () => Math.ceil(document.body.getBoundingClientRect().height);

let lastTold = "";

export function tellShop(type, facts = {}) {
  if (!isEmbedded) return;
  const told = JSON.stringify([type, facts, heightNow()]);
  if (told === lastTold) return; // a split that is drawn again is no change
  lastTold = type === "error" ? "" : told;
  for (const shop of shops()) window.parent.postMessage({ fsa: 1, type, session, height: heightNow(), ...facts }, shop);
}

/** The way back lies around the frame: what leads to the shop tells it, and everything else opens beside it. */
function keepLinksInside() {
  for (const link of document.querySelectorAll("a[href]")) {
    if (link.getAttribute("href").startsWith("#")) continue;
    if (link.closest("[data-to-shop]")) link.closest("[data-to-shop]").hidden = true;
    else if (link.matches("[data-cancels]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        tellShop("cancel");
      });
    } else {
      link.target = "_blank";
      link.rel = "noopener";
    }
  }
}

if (isEmbedded) {
  document.documentElement.classList.add("embedded");
  keepLinksInside();
  tellShop(says.type, says.facts);
  new ResizeObserver(() => tellShop("resize")).observe(document.body);
}
