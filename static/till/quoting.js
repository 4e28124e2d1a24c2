// Where the till cannot know what a basket comes to, the server is asked, and the screen shows it.

import * as api from "./api.js";
import * as money from "./money.js";
import { changed, lacksQuote, rememberQuote, state } from "./state.js";
import { ticketOf } from "./ticket.js";
import { known } from "./texts.js";

const SOON = 250;
let planned = 0;

/** What a basket would come to. */
export function ask(basket) {
  return api.post("/api/v1/sales/quote", ticketOf({
    uuid: api.newKey(), basket, tenders: [], total: null, rules: state.rules,
    cashier: known.cashier, at: new Date(),
  }));
}

/** Ask for the basket of the screen, and remember it; the answer is the caller's to judge. */
export async function quote() {
  const answer = await ask(state.basket);
  if (answer.ok) {
    rememberQuote(money.units(answer.told.total_ttc, state.rules.decimals));
    await changed();
  }
  return answer;
}

/** Whenever the basket has come to rest: nobody waits for it, and a refusal is told when paying. */
export function keepQuoted() {
  clearTimeout(planned);
  if (!state.rules || !state.basket.lines.length || state.queued || !lacksQuote() || !api.isOnline()) return;
  planned = setTimeout(() => { if (lacksQuote() && !state.queued) quote(); }, SOON);
}
