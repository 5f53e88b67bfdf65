// What a shop's developer writes. It compiles against the released declarations.
import { FsaError, loadFsa, type CartLine, type CheckoutEvent, type Fsa, type Split, type Verdict } from "fsa-platform-js";
import { FsaBadge, FsaCartSplit, FsaCheckout } from "fsa-platform-js/react";
import * as vue from "fsa-platform-js/vue";
import * as real from "../src/index";

const fsa: Fsa | null = loadFsa({ publishableKey: "pk_test_abc", platform: "https://pay.example" });
const lines: CartLine[] = [
  { product: "A-1", quantity: 2 },
  { product: "prd_1", quantity: 1, unit_price_cents: 999, tax_cents: 80, discount_cents: 100 },
  { title: "Gift wrap", quantity: 1, unit_price_cents: 500 },
];

export async function everything(place: Element): Promise<void> {
  if (!fsa) return;
  const verdicts: (Verdict | null)[] = await fsa.verdicts(["A-1"]);
  const split: Split | null = await fsa.split(lines);
  await fsa.split({ line_items: lines, shipping_cents: 500 });
  const cents: number = split?.amount_eligible_cents ?? 0;
  fsa.badge(place, "A-1").hidden = verdicts[0]?.status !== "eligible" || cents === 0;
  fsa.redirectToCheckout({ url: "https://pay.example/pay/cs_1/" });
  const shown = fsa.embedCheckout("https://pay.example/pay/cs_1/", place, (event: CheckoutEvent) => {
    if (event.type === "complete") console.log(event.status);
    if (event.type === "error") console.log(event.code);
    if (event.type === "change") console.log(event.benefit_cents + event.other_cents);
  });
  shown.frame.title = "Checkout";
  shown.destroy();
  document.createElement("fsa-cart-split").lines = lines;
  document.querySelector("fsa-badge")?.refresh();
}

export const error = (thrown: unknown): string => (thrown instanceof FsaError ? thrown.code : "");
export const parts = [FsaBadge({ product: "A-1", showReason: true }), FsaCartSplit({ lines }), fsa && FsaCheckout({ fsa, session: "https://pay.example/pay/cs_1/" })];
export const components = [vue.FsaBadge, vue.FsaCartSplit, vue.FsaCheckout];
export const script: string | undefined = window.FsaPlatform?.version;

// What the declarations promise is what the code has.
export const promised: typeof import("fsa-platform-js") = real;
