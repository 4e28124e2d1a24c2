// What a cashier changes in a basket: quantities, prices, discounts, the customer.

import * as api from "./api.js";
import { change, isWhole } from "./basket.js";
import * as catalogue from "./catalogue.js";
import { ask, choose } from "./dialogs.js";
import * as money from "./money.js";
import { whyNot } from "./problems.js";
import * as quoting from "./quoting.js";
import { focusSearch, notice } from "./screen.js";
import { changed, startAnew, state } from "./state.js";
import { known, say } from "./texts.js";

const selected = () => state.basket.lines[state.selected];

export function select(row) {
  state.selected = row;
  focusSearch();
  return changed();
}

export function step(by) {
  const { length } = state.basket.lines;
  return length ? select((state.selected + by + length) % length) : undefined;
}

export function count(row, by) {
  const line = state.basket.lines[row];
  if (!line || line.kind === "card") return undefined;
  state.selected = row;
  if (!change(line, by)) return remove(row);
  focusSearch();
  return changed();
}

export function remove(row = state.selected) {
  if (!state.basket.lines[row]) return undefined;
  state.basket.lines.splice(row, 1);
  state.selected = Math.min(row, state.basket.lines.length - 1);
  focusSearch();
  return state.basket.lines.length ? changed() : startAnew();
}

export async function emptyBasket() {
  if (!state.basket.lines.length) return;
  const sure = await choose({
    title: say("empty_basket"), options: [{ value: "yes", label: say("empty_basket_yes") }],
  });
  if (sure) await startAnew();
  focusSearch();
}

/** An amount ("2", "2.50") or a share ("10%"), and its reason. Empty takes the discount away. */
async function discount(title, before) {
  const value = before?.share ? `${money.quantity(before.share * 10)}%`
    : before ? money.plain(before.amount, state.rules.decimals) : "";
  const values = await ask({
    title,
    fields: [
      { name: "much", label: say("amount_or_share"), value, hint: say("share_hint") },
      {
        name: "reason", label: say("reason"), value: before?.reason ?? "",
        options: [
          { value: "", label: say("choose_reason") },
          ...known.reasons.map(({ code, name }) => ({ value: code, label: name })),
        ],
      },
    ],
    check: ({ much, reason }) => {
      if (!much) return null;
      if (!read(much)) return say("no_amount");
      return reason ? null : say("choose_reason");
    },
  });
  focusSearch();
  if (!values) return undefined;
  return values.much ? { ...read(values.much), reason: values.reason } : null;
}

function read(much) {
  if (much.endsWith("%")) {
    const share = money.units(much.slice(0, -1), 2);
    return share > 0 && share <= 10_000 ? { share } : null;
  }
  const amount = money.units(much, state.rules.decimals);
  return amount > 0 ? { amount } : null;
}

export async function discountLine() {
  const line = selected();
  if (line?.kind !== "sold") return notice(say("choose_line"), "wrong");
  const given = await discount(say("discount_on", { name: line.name }), line.discount);
  if (given !== undefined) line.discount = given;
  return changed();
}

export async function discountTicket() {
  if (!state.basket.lines.length) return undefined;
  const given = await discount(say("ticket_discount"), state.basket.discount);
  if (given !== undefined) state.basket.discount = given;
  return changed();
}

/** Quantity and price of the line that is chosen. */
export async function editLine() {
  const line = selected();
  if (!line || line.kind === "card") return notice(say("choose_line"), "wrong");
  const priced = line.kind !== "returned";
  const values = await ask({
    title: line.name,
    fields: [
      { name: "quantity", label: say("quantity"), type: "number", value: money.quantity(line.quantity), required: true },
      ...(priced ? [{ name: "price", label: say("price"), type: "number", value: line.price, required: true }] : []),
    ],
    check: ({ quantity, price }) => {
      const wanted = money.thousandths(quantity);
      if (wanted === null || wanted <= 0 || !isWhole({ ...line, quantity: wanted })) return say("not_whole", line);
      if (line.kind === "returned" && wanted > line.most) return say("more_than_left", { count: money.quantity(line.most) });
      return priced && (money.price(price) ?? -1n) < 0n ? say("no_amount") : null;
    },
  });
  focusSearch();
  if (!values) return undefined;
  line.quantity = money.thousandths(values.quantity);
  if (priced) line.price = values.price.replace(",", ".");
  return changed();
}

/** A customer is known by the server alone: who is exempt pays another total. */
export async function customer() {
  if (!api.isOnline()) return notice(say("needs_network"), "wrong");
  const values = await ask({
    title: say("customer"),
    fields: [{ name: "code", label: say("customer_code"), value: state.basket.customer }],
    check: ({ code }) => (code ? wrongCustomer(code) : null),
  });
  focusSearch();
  if (!values) return undefined;
  state.basket.customer = values.code;
  return changed();
}

/** A quote tells whether there is such a customer; with nothing scanned, one of anything. */
async function wrongCustomer(code) {
  const basket = { ...state.basket, customer: code };
  const any = catalogue.anything();
  if (!basket.lines.length && !any) return null;
  if (!basket.lines.length) {
    basket.lines = [{ kind: "sold", product: any.id, quantity: 1000, price: any.price, discount: null }];
  }
  const answer = await quoting.ask(basket);
  if (answer.lost) return whyNot(answer);
  const unknown = answer.problem?.errors?.some(({ pointer }) => pointer === "/customer");
  return unknown ? say("no_such_customer", { code }) : null;
}

/** A gift card that is sold: a new one, or one of the customer's to load. */
export async function giftCard() {
  if (!api.isOnline()) return notice(say("needs_network"), "wrong");
  const values = await ask({
    title: say("gift_card"),
    fields: [
      { name: "amount", label: say("amount"), type: "number", required: true },
      { name: "code", label: say("code"), hint: say("empty_is_new") },
    ],
    check: ({ amount }) => ((money.units(amount, state.rules.decimals) ?? 0) <= 0 ? say("no_amount") : null),
  });
  focusSearch();
  if (!values) return undefined;
  const amount = money.units(values.amount, state.rules.decimals);
  state.basket.lines.push({ kind: "card", amount, code: values.code, name: say("gift_card") });
  state.selected = state.basket.lines.length - 1;
  return changed();
}
