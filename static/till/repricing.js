// Prices that changed after something was scanned: told by product, and taken by the cashier.

import * as catalogue from "./catalogue.js";
import { choose, make } from "./dialogs.js";
import * as money from "./money.js";
import { changed, state, told } from "./state.js";
import { say } from "./texts.js";

const rounded = (text) => told(money.plain(
  money.worth(1000, money.price(text), state.rules.decimals), state.rules.decimals));

/** Lines at the list's price whose list says another one now; by hand is by hand. `from` is a
 * refusal that may say more than the catalogue. */
export function outdated(from = {}) {
  const now = (id) => (from.limit === "price_change" && from.product === id ? from.listed : null)
    ?? catalogue.ofId(id)?.price ?? null;
  return state.basket.lines
    .filter((line) => line.kind === "sold" && line.listed !== null && line.price === line.listed)
    .map((line) => ({ line, price: now(line.product) }))
    .filter(({ line, price }) => price !== null && money.price(price) !== money.price(line.price));
}

/** True once the cashier has taken the new prices into the basket. */
export async function taken(changes) {
  const rows = changes.map(({ line, price }) =>
    make("li", {}, make("span", {}, `${line.name} (${line.sku})`),
      make("b", {}, `${rounded(line.price)} → ${rounded(price)}`)));
  const yes = await choose({
    title: say("prices_changed"),
    text: make("ul", { className: "text changes" }, ...rows),
    options: [{ value: true, label: say("take_prices"), detail: say("take_prices_detail") }],
  });
  if (!yes) return false;
  for (const { line, price } of changes) line.price = line.listed = price;
  await changed();
  return true;
}
