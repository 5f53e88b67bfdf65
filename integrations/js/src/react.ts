// The elements and the frame as React components. `product` stands for the elements' `ref`, a word that React keeps for itself.
import { createElement, useEffect, useRef, type ReactElement } from "react";
import type { CartLine, CheckoutEvent, Fsa, SessionLike, Split, Verdict } from "./types";

export interface FsaBadgeProps {
  product: string;
  lang?: string;
  theme?: "light" | "dark";
  showReason?: boolean;
  onVerdict?: (verdict: Verdict | null) => void;
}

export function FsaBadge({ product, lang, theme, showReason, onVerdict }: FsaBadgeProps): ReactElement {
  const ref = useTold("fsa-verdict", onVerdict);
  return createElement("fsa-badge", { ref, product, lang, theme, "show-reason": showReason ? "" : undefined });
}

export interface FsaCartSplitProps {
  lines: readonly CartLine[];
  shippingCents?: number;
  discountCents?: number;
  lang?: string;
  theme?: "light" | "dark";
  onSplit?: (split: Split | null) => void;
}

export function FsaCartSplit({ lines, shippingCents, discountCents, lang, theme, onSplit }: FsaCartSplitProps): ReactElement {
  const ref = useTold("fsa-split", onSplit);
  const props = { lines: JSON.stringify(lines), "shipping-cents": shippingCents, "discount-cents": discountCents };
  return createElement("fsa-cart-split", { ref, ...props, lang, theme });
}

export interface FsaCheckoutProps {
  fsa: Fsa;
  session: SessionLike;
  onEvent?: (event: CheckoutEvent) => void;
}

/** The hosted page in a frame, for as long as the component is shown. */
export function FsaCheckout({ fsa, session, onEvent }: FsaCheckoutProps): ReactElement {
  const place = useRef<HTMLDivElement>(null);
  const heard = useRef(onEvent);
  heard.current = onEvent;
  const url = typeof session === "string" ? session : session.url;
  useEffect(() => {
    const shown = fsa.embedCheckout(url, place.current!, (event) => heard.current?.(event));
    return () => shown.destroy();
  }, [fsa, url]);
  return createElement("div", { ref: place });
}

/** A ref whose element tells `listener` of an event. */
function useTold<Detail>(name: string, listener?: (detail: Detail) => void) {
  const ref = useRef<HTMLElement>(null);
  useEffect(() => {
    const element = ref.current;
    if (!element || !listener) return;
    const hear = (event: Event): void => listener((event as CustomEvent<Detail>).detail);
    element.addEventListener(name, hear);
    return () => element.removeEventListener(name, hear);
  }, [name, listener]);
  return ref;
}
