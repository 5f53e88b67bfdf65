import { type ReactElement } from "react";
import type { CartLine, CheckoutEvent, Fsa, SessionLike, Split, Verdict } from "./fsa.js";
export interface FsaBadgeProps {
    product: string;
    lang?: string;
    theme?: "light" | "dark";
    showReason?: boolean;
    onVerdict?: (verdict: Verdict | null) => void;
}
export declare function FsaBadge({ product, lang, theme, showReason, onVerdict }: FsaBadgeProps): ReactElement;
export interface FsaCartSplitProps {
    lines: readonly CartLine[];
    shippingCents?: number;
    discountCents?: number;
    lang?: string;
    theme?: "light" | "dark";
    onSplit?: (split: Split | null) => void;
}
export declare function FsaCartSplit({ lines, shippingCents, discountCents, lang, theme, onSplit }: FsaCartSplitProps): ReactElement;
export interface FsaCheckoutProps {
    fsa: Fsa;
    session: SessionLike;
    onEvent?: (event: CheckoutEvent) => void;
}
/** The hosted page in a frame, for as long as the component is shown. */
export declare function FsaCheckout({ fsa, session, onEvent }: FsaCheckoutProps): ReactElement;
