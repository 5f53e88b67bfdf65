import { openApi } from "./api";
import { embedCheckout, redirectToCheckout } from "./checkout";
import { defineElements } from "./elements";
import { askSplit } from "./split";
import type { Fsa, FsaOptions } from "./types";
import { Verdicts } from "./verdicts";

/** loadedFrom: the address of the SDK itself, which is the platform's unless it was bundled. */
export function load(options: FsaOptions, loadedFrom: string): Fsa | null {
  if (typeof window === "undefined" || typeof document === "undefined") return null;
  const api = openApi(options, loadedFrom);
  const verdicts = new Verdicts(api);
  const fsa: Fsa = {
    platform: api.origin,
    verdicts: (refs) => Promise.all(refs.map((ref) => verdicts.of(ref))),
    badge(into, ref) {
      const badge = document.createElement("fsa-badge");
      badge.setAttribute("ref", ref);
      into.append(badge);
      return badge;
    },
    split: (cart) => askSplit(api, cart),
    redirectToCheckout: (session) => redirectToCheckout(api.origin, session),
    embedCheckout: (session, into, onEvent) => embedCheckout(api.origin, session, into, onEvent),
  };
  defineElements(fsa);
  return fsa;
}

/** An address counts only below /sdk/: elsewhere the SDK lies in a shop's bundle, and the platform must be named. */
export const platformOf = (address: string | undefined): string => (address && /\/sdk\/v[\d.]+\//.test(address) ? address : "");
