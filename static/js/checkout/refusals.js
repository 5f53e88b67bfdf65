// What a refused payment means on the page: beside which card it stands, and what to do next.
import { showError } from "./dom.js";
import { placeOf } from "./split.js";
import { money, t } from "./words.js";

/**
 * error: as the server answers; roles: the cards that were sent, in order; now(): the plan as it stands.
 * deeds: {partial(state), lowerTo(cents), emailFault(message), payWithOne()}.
 */
export function showRefusal({ error, roles, now, deeds }) {
  if (error.partial) return showPartial({ error, roles, now, deeds });
  if (error.lower_to_cents) {
    deeds.lowerTo(error.lower_to_cents);
    return showError("benefit", error.message, error.advice);
  }
  if (error.param === "email") return deeds.emailFault(error.message);
  let place = placeOf(error.param, roles);
  if (place === "card" && now().way === "ordinary") place = "benefit";
  const next = place === "benefit" && now().way === "split" ? [t("Pay everything with one ordinary card"), deeds.payWithOne] : null;
  return showError(place, error.message, error.advice ?? t("Nothing was charged. Check the details or use another card."), next);
}

function showPartial({ error, roles, now, deeds }) {
  const asked = now().benefit;
  const approved = (role) => error.cards?.find((card) => placeOf(card.param, roles) === role)?.approved_cents;
  deeds.partial({ approved_cents: approved("benefit") ?? error.partial.approved_cents, second_cents: approved("second") });
  const after = now();
  const sums = { card: after.benefitWord, amount: money(after.benefit), asked: money(asked), rest: money(after.other) };
  showError("benefit", error.message ?? t("Your {card} approved {amount} of {asked}.", sums),
    error.advice ?? t("Enter another card below for the other {rest}, then press Pay again.", sums));
}
