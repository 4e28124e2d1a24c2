// What the customer buys and brings back. Pure: amounts in, amounts out; the screen draws it. The
// server reckons again: where it knows more (an old ticket's prices, who is exempt) it is asked.

import * as money from "./money.js";

/** Quantities are thousandths; a discount is {amount} (units) or {share} (ten-thousandths). */
export const empty = () => ({ lines: [], discount: null, customer: "", tip: 0, approval: null });

export function add(basket, product, quantity) {
  // Two scans of one thing are one line, as long as nobody has changed that line by hand.
  const like = basket.lines.find(
    (line) => line.kind === "sold" && line.product === product.id && !line.discount
      && line.price === product.price,
  );
  if (like && (product.unit === "piece" || like.quantity % 1000 === 0)) {
    like.quantity += quantity;
    return like;
  }
  const line = {
    kind: "sold", product: product.id, sku: product.sku, name: product.name, unit: product.unit,
    taxes: product.tax_class, quantity, price: product.price, listed: product.price, discount: null,
  };
  basket.lines.push(line);
  return line;
}

/** What a line costs before any discount, in units; what comes back is negative. */
export function gross(line, rules) {
  if (line.kind === "card") return line.amount;
  if (line.kind === "returned") return -money.partOf(line.net, line.quantity, BigInt(line.sold));
  const cost = money.worth(line.quantity, money.price(line.price ?? "0"), rules.decimals);
  return line.kind === "unreceipted" ? -cost : cost;
}

const taken = (discount, from) => {
  if (!discount) return 0;
  return discount.share ? money.shareOf(from, discount.share) : Math.min(discount.amount, from);
};

export const lineDiscount = (line, rules) => taken(line.discount, gross(line, rules));

const net = (line, rules) => gross(line, rules) - lineDiscount(line, rules);

export function ticketDiscount(basket, rules) {
  const sold = basket.lines.filter((line) => line.kind === "sold");
  return taken(basket.discount, sold.reduce((sum, line) => sum + net(line, rules), 0));
}

/** The total in units, before cash is rounded, the tip included. */
export function total(basket, rules) {
  const sum = basket.lines.reduce((all, line) => all + net(line, rules), 0);
  return sum - ticketDiscount(basket, rules) + taxOnTop(basket, rules) + basket.tip;
}

const taxOnTop = (basket, rules) => taxes(basket, rules).reduce((sum, { amount }) => sum + amount, 0);

/** Where prices come without tax: each tax once on the whole of what bears it, {tax, rate, amount};
 * nothing where they hold it. */
export function taxes(basket, rules) {
  if (rules.prices_include_tax) return [];
  const goods = basket.lines.filter((line) => line.kind === "sold" || line.kind === "unreceipted");
  const nets = goods.map((line) => net(line, rules));
  const sharing = goods.map((line, row) => (line.kind === "sold" ? nets[row] : 0));
  const off = money.shared(ticketDiscount(basket, rules), sharing);
  const bases = new Map();
  goods.forEach((line, row) => {
    for (const [tax, rate] of rules.taxes[(line.taxes ?? "").toLowerCase()] ?? []) {
      const key = `${line.kind} ${tax} ${rate}`;
      const found = bases.get(key) ?? { tax, rate, base: 0 };
      found.base += nets[row] - off[row];
      bases.set(key, found);
    }
  });
  return [...bases.values()].map(({ tax, rate, base }) => (
    { tax, rate, amount: Number(money.halfUp(BigInt(base) * money.price(rate), 1000000n)) }));
}

/** Only the server knows what an old ticket's goods are worth, and who pays no tax. */
export const needsQuote = (basket) =>
  Boolean(basket.customer) || basket.lines.some((line) => line.kind === "returned");

/** What has to be on the network: the till cannot know it by itself. */
export const needsNetwork = (basket) =>
  needsQuote(basket) || Boolean(basket.approval)
  || basket.lines.some((line) => line.kind === "card");

export const isWhole = (line) => line.unit !== "piece" || line.quantity % 1000 === 0;

export function change(line, by) {
  const wanted = line.quantity + by;
  if (wanted <= 0) return false;
  line.quantity = line.kind === "returned" ? Math.min(wanted, line.most) : wanted;
  return true;
}

export const pieces = (basket) =>
  basket.lines.reduce((sum, line) => sum + (line.unit === "piece" ? line.quantity : 1000), 0);
