import type { Api } from "./api";
import type { Cart, CartLine, Split } from "./types";

const AMOUNTS = ["amount_total_cents", "amount_eligible_cents", "amount_with_letter_cents", "amount_other_cents"] as const;

/** Who could pay what of a cart. An answer that does not add up is none. */
export async function askSplit(api: Api, cart: Cart | readonly CartLine[]): Promise<Split | null> {
  const asked = "line_items" in cart ? cart : { line_items: cart };
  if (!asked.line_items.length) return null;
  const split = await api.call("/v1/public/split", asked);
  if (!split || !Array.isArray(split.line_items) || !AMOUNTS.every((name) => Number.isInteger(split[name]))) return null;
  return split.amount_eligible_cents + split.amount_other_cents === split.amount_total_cents ? split : null;
}
