// How a ticket is paid: what is still due, cash to the nearest coin, change. As
// sales/services/till/paying.py does it. Amounts in units; paid back is negative.

import { toCoins } from "./money.js";

const sum = (tenders) => tenders.reduce((all, tender) => all + tender.amount, 0);
const cashOf = (tenders) => tenders.filter((tender) => tender.kind === "cash");
const othersOf = (tenders) => tenders.filter((tender) => tender.kind !== "cash");

/** What the ticket comes to once these tenders pay it: with cash among them, to the coin. */
export function payable(total, tenders, step) {
  if (!cashOf(tenders).length) return total;
  const others = sum(othersOf(tenders));
  return others + toCoins(total - others, step);
}

/** What is left to pay, by this kind of tender where one is told; negative: to pay back. */
export function due(total, tenders, step, kind = "") {
  const others = sum(othersOf(tenders));
  const left = kind === "cash" || cashOf(tenders).length ? toCoins(total - others, step) : total - others;
  return left - sum(cashOf(tenders));
}

/** Whether the tenders pay the ticket; more than it costs only in cash. */
export function settled(total, tenders, step) {
  const over = sum(tenders) - payable(total, tenders, step);
  const forwards = tenders.every((tender) => tender.amount > 0);
  const backwards = tenders.every((tender) => tender.amount < 0);
  if (total >= 0 && forwards) return over >= 0 && over <= sum(cashOf(tenders));
  return backwards && over === 0;
}

export const change = (total, tenders, step) =>
  Math.max(0, sum(tenders) - payable(total, tenders, step));
