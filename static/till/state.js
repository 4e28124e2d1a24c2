// What the screen shows and the actions change. The basket outlives a reload.

import { empty, total } from "./basket.js";
import { keep, setting } from "./database.js";
import * as money from "./money.js";
import { known } from "./texts.js";

export const state = {
  rules: null, // the register, its store, and what holds there
  basket: empty(),
  tenders: [],
  selected: -1, // the line that + and − change
  session: undefined, // null: the register is closed; undefined: nobody knows yet
  last: null, // the ticket before, for its receipt
  waiting: 0,
  refused: 0,
  signedOut: false,
  selling: null, // a promise while a ticket is on its way
};

const watchers = new Set();
export const watch = (watcher) => watchers.add(watcher);

/** Draw again, and keep the basket. */
export function changed() {
  for (const watcher of watchers) watcher();
  return keep("basket", { register: state.rules?.id, basket: state.basket, tenders: state.tenders });
}

export function startAnew() {
  state.basket = empty();
  state.tenders = [];
  state.selected = -1;
  return changed();
}

/** Take up the register this browser was given, with what was in the basket. */
export async function recall() {
  const id = await setting("register");
  state.rules = known.registers.find((register) => register.id === id) ?? null;
  state.last = (await setting("last")) ?? null;
  state.session = await setting(`session-${id}`);
  const kept = await setting("basket");
  if (state.rules && kept?.register === id) {
    state.basket = { ...empty(), ...kept.basket };
    state.tenders = kept.tenders;
    state.selected = state.basket.lines.length - 1;
  }
}

export async function useRegister(register) {
  await keep("register", register.id);
  state.rules = register;
  state.session = undefined;
  await startAnew();
}

export function rememberSession(session) {
  state.session = session;
  return keep(`session-${state.rules.id}`, session);
}

export function rememberLast(last) {
  state.last = last;
  return keep("last", last);
}

export const step = () => money.units(state.rules.cash_rounding, state.rules.decimals) ?? 0;
export const subtotal = () => total(state.basket, state.rules);
export const shown = (amount) => money.shown(amount, { ...state.rules, language: known.language });
export const told = (text) => shown(money.units(text, state.rules.decimals) ?? 0);
