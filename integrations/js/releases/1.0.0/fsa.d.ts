export interface FsaOptions {
    /** `pk_test_…` or `pk_live_…`. A secret or restricted key is refused. */
    publishableKey: string;
    /** The platform's origin. Needed where the SDK is not loaded from it: in a bundle, or beside your own files. */
    platform?: string;
}
/** What is known of one product. Only `eligible` may be called eligible without a condition. */
export type Status = "eligible" | "letter" | "rx" | "not_eligible" | "unknown";
export interface Verdict {
    ref: string;
    product: string | null;
    status: Status;
    label: string;
    reason: string;
    /** 0 to 1: the share of the price that a benefit card may pay; null where the seller must itemise it. Only 1 is all of it. */
    eligible_fraction: number | null;
}
/** A line of a cart: a product by id, SKU or GTIN, or a title with a price, which is never judged eligible. */
export type CartLine = {
    quantity: number;
    unit_price_cents?: number;
    discount_cents?: number;
    tax_cents?: number;
} & ({
    product: string;
    title?: string;
} | {
    title: string;
    product?: undefined;
    unit_price_cents: number;
});
export interface Cart {
    line_items: CartLine[];
    shipping_cents?: number;
    discount_cents?: number;
}
export interface SplitLine {
    ref: string | null;
    product: string | null;
    title: string;
    quantity: number;
    status: Status;
    label: string;
    reason: string;
    total_cents: number;
    eligible_cents: number;
}
export interface Split {
    currency: string;
    amount_total_cents: number;
    /** What a benefit card could pay at most today. */
    amount_eligible_cents: number;
    /** What would come on top with letters and prescriptions. */
    amount_with_letter_cents: number;
    amount_other_cents: number;
    line_items: SplitLine[];
}
/** What `POST /v1/checkout/sessions` answers your server, or its `url` alone. */
export type SessionLike = string | {
    url: string;
};
export type CheckoutEvent = {
    type: "ready";
    session: string;
} | {
    type: "change";
    session: string;
    benefit_cents: number;
    other_cents: number;
}
/** A hint for the page. Ship only after your server has heard it from a webhook or the API. */
 | {
    type: "complete";
    session: string;
    status: "complete" | "authorised";
} | {
    type: "cancel";
    session: string;
} | {
    type: "error";
    session: string;
    code: string;
};
export interface EmbeddedCheckout {
    readonly frame: HTMLIFrameElement;
    /** Take the frame out and hear nothing more of it. A payment that runs goes on. */
    destroy(): void;
}
export interface Fsa {
    /** The platform's origin. */
    readonly platform: string;
    /** Verdicts in the order asked; null for each that nobody can tell now. Calls of one moment travel together. */
    verdicts(refs: readonly string[]): Promise<(Verdict | null)[]>;
    /** Put a badge into an element. It shows nothing for what is not eligible, not known, or not answered. */
    badge(into: Element, ref: string): HTMLElement;
    /** Who could pay what of a cart; null when the platform does not answer. Rejects with FsaError when the cart is refused. */
    split(cart: Cart | readonly CartLine[]): Promise<Split | null>;
    /** Go to the hosted checkout page, if it is one of the platform's. */
    redirectToCheckout(session: SessionLike): void;
    /** Show the hosted checkout page in a frame. Your site must be among those that may embed (portal, Developers). */
    embedCheckout(session: SessionLike, into: Element, onEvent?: (event: CheckoutEvent) => void): EmbeddedCheckout;
}
/** A mistake in how the SDK is used, or a call that the platform refused. `code` is stable; the message says what mends it. */
export declare class FsaError extends Error {
    readonly code: string;
    constructor(code: string, message: string);
}
export declare const version = "1.0.0";
/** Get ready for one merchant. Throws FsaError for anything but a publishable key; null on a server. */
export declare function loadFsa(options: FsaOptions): Fsa | null;
declare global {
  /** What the script `fsa.js` makes, beside the module’s own names. */
  interface Window {
    FsaPlatform?: { loadFsa: typeof loadFsa; FsaError: typeof FsaError; version: string; fsa: Fsa | null };
  }
  interface HTMLElementTagNameMap {
    "fsa-badge": HTMLElement & { refresh(): void };
    "fsa-cart-split": HTMLElement & { lines: readonly CartLine[]; refresh(): void };
  }
}
