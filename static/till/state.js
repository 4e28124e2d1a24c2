// What the screen shows and the actions change. The basket outlives a reload; it is its cashier's,
// as the ticket before is: who signs in after her begins with her own.

import { empty, needsQuote, total } from "./basket.js";
import { isTheTill, keep, setting, transact } from "./database.js";
import * as money from "./money.js";
import { known } from "./texts.js";

export const state = {
  rules: null, // the register, its store, and what holds there
  basket: empty(),
  tenders: [],
  selected: -1, // the line that + and − change
  session: undefined, // null: the register is closed; undefined: nobody knows yet
  last: null, // the ticket before, for its receipt
  quoted: null, // what the server said that a basket comes to: {of, total}
  waiting: 0,
  refused: 0,
  others: new Map(), // tickets of colleagues: how many, by user name
  signedOut: false,
  selling: null, // a promise while a ticket is on its way
  queued: false, // the basket is a ticket already: the queue has it
};

const watchers = new Set();
export const watch = (watcher) => watchers.add(watcher);

export const basketKey = () => `basket-${state.rules?.id}-${known.cashier}`;
const lastKey = () => `last-${state.rules?.id}-${known.cashier}`;

/** Draw again, and keep the basket; in a tab that is the till no more, only draw. */
export function changed() {
  for (const watcher of watchers) watcher();
  if (!state.rules || state.queued) return undefined;
  const kept = { basket: state.basket, tenders: state.tenders };
  return transact(["settings"], "readwrite", async ({ settings }) => {
    if (await isTheTill(settings)) settings.put(kept, basketKey());
  });
}

export function startAnew() {
  return takeUp({ basket: empty(), tenders: [] });
}

/** Go on with this basket. */
export function takeUp({ basket, tenders }) {
  state.basket = { ...empty(), ...basket };
  state.tenders = tenders;
  state.selected = state.basket.lines.length - 1;
  state.queued = false;
  return changed();
}

/** Take up the register this browser was given, with what was in the basket. */
export async function recall() {
  const id = await setting("register");
  state.rules = known.registers.find((register) => register.id === id) ?? null;
  if (!state.rules) return;
  state.last = (await setting(lastKey())) ?? null;
  state.session = await setting(`session-${id}`);
  const kept = await setting(basketKey());
  if (kept) await takeUp(kept);
}

export async function useRegister(register) {
  await keep("register", register.id);
  await recall();
}

export function rememberSession(session) {
  state.session = session;
  return keep(`session-${state.rules.id}`, session);
}

export function rememberLast(last) {
  state.last = last;
  return keep(lastKey(), last);
}

/** What a quote is of: an approval changes no sum. */
const asked = () => JSON.stringify({ ...state.basket, approval: null });

export function rememberQuote(sum) {
  state.quoted = { of: asked(), total: sum };
}

export const isQuoted = () => state.quoted?.of === asked();
export const lacksQuote = () => needsQuote(state.basket) && !isQuoted();

export const step = () => money.units(state.rules.cash_rounding, state.rules.decimals) ?? 0;
export const subtotal = () => (isQuoted() ? state.quoted.total : total(state.basket, state.rules));
export const shown = (amount) => money.shown(amount, { ...state.rules, language: known.language });
export const told = (text) => shown(money.units(text, state.rules.decimals) ?? 0);
