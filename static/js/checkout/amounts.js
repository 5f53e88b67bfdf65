// What each card pays, as the page shows it: the bar with its rows, and the amount beside each card's fields.
import { $, setText } from "./dom.js";
import { outlook } from "./split.js";
import { money, t } from "./words.js";

/** now: the plan; kind: of the benefit card, null while it is not known. */
export function showAmounts({ now, splits, total, kind, hasSecond }) {
  const split = now.way === "split";
  const { most, differs } = outlook(splits);
  const unsure = split && kind === null && differs; // an HSA card may pay what an FSA card may not
  const upTo = t("up to {amount}", { amount: money(most) });
  const orMore = t("{amount} or more", { amount: money(total - most) });
  $("split").hidden = !split;
  setText($("split-benefit-word"), now.benefitWord);
  setText($("split-benefit"), unsure ? upTo : money(now.benefit));
  $("split-second-row").hidden = !hasSecond;
  setText($("split-second"), money(now.second));
  setText($("split-other"), unsure ? orMore : money(now.other));
  $("split-fill").setAttribute("width", `${(100 * (now.benefit + now.second)) / Math.max(total, 1)}%`);
  setText($("benefit-pays"), now.way === "ordinary" ? money(total) : unsure ? upTo : money(now.benefit));
  setText($("second-pays"), money(now.second));
  setText($("card-pays"), unsure ? orMore : money(now.other));
}
