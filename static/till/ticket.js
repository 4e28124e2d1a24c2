// From a basket to what the API takes: the very text that is kept, sent, and sent again.

import * as money from "./money.js";
import { payable } from "./tenders.js";

const discounted = (discount, places) =>
  discount && {
    ...(discount.share
      ? { share: money.plain(discount.share, 4) }
      : { amount: money.plain(discount.amount, places) }),
    reason: discount.reason,
    ...(discount.note && { note: discount.note }),
  };

function line(told, rules) {
  const places = rules.decimals;
  if (told.kind === "card") {
    return { gift_card: { amount: money.plain(told.amount, places), ...(told.code && { code: told.code }) } };
  }
  const quantity = money.quantity(told.quantity);
  if (told.kind === "returned") {
    return { returns: { sale: told.sale, line: told.line }, quantity, disposition: told.disposition };
  }
  const goods = { product: told.product, quantity, ...(told.price !== null && { unit_price: told.price }) };
  if (told.kind === "unreceipted") {
    return { ...goods, unreceipted: true, disposition: told.disposition, ...(told.note && { note: told.note }) };
  }
  const discount = discounted(told.discount, places);
  return { ...goods, ...(discount && { discount }) };
}

/** `total`: before cash is rounded, in units. With no tenders it is a question for a quote. */
export function ticketOf({ uuid, basket, tenders, total, rules, cashier, at }) {
  const places = rules.decimals;
  const discount = discounted(basket.discount, places);
  return {
    uuid,
    register: rules.id,
    sold_at: at.toISOString(),
    currency: rules.currency,
    cashier,
    ...(basket.customer && { customer: basket.customer }),
    lines: basket.lines.map((one) => line(one, rules)),
    ...(discount && { discount }),
    ...(basket.tip && { tip: money.plain(basket.tip, places) }),
    tenders: tenders.map(({ kind, amount, code, reference }) => ({
      kind,
      amount: money.plain(amount, places),
      ...(code && { code }),
      ...(reference && { reference }),
    })),
    ...(total !== null && {
      total: money.plain(payable(total, tenders, money.units(rules.cash_rounding, places) ?? 0), places),
    }),
    ...(basket.approval && { approval: basket.approval }),
  };
}
