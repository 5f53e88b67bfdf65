// From cards on the page to the body of one attempt: a token of each that is typed, the id of each that is saved.
import { showError } from "./dom.js";

/**
 * roles: the cards that pay, in order; limit: the most that the first benefit card shall pay, or null; keptOff: positions (text);
 * consent: what the shopper agreed to if cards are kept, or null; differs(accountKind): the bank calls the first card something else.
 * → the cards as the server takes them, or null after showing what is missing.
 */
export async function collectCards({ cards, roles, limit, keptOff, consent, differs }) {
  const answers = await Promise.all(roles.map((role) => cards.tokenOf(role)));
  const sent = [];
  for (const [i, answer] of answers.entries()) {
    const role = roles[i];
    if (answer.type === "error") {
      if (!answer.field) showError(role, answer.message);
      cards.frames[role].focus(answer.field ?? undefined);
      return null;
    }
    const isSaved = answer.type === "saved";
    if (role === "benefit" && !isSaved && differs(answer.card?.account_kind ?? null)) return null;
    const card = isSaved ? { payment_method: answer.card.id } : { token: answer.token };
    if (role === "benefit" && limit !== null) card.amount_cents = limit;
    if (role !== "card" && keptOff.size) card.keep_off_lines = [...keptOff].map(Number);
    if (!isSaved && consent) card.save = consent;
    sent.push(card);
  }
  return sent;
}
