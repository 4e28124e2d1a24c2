// Opening the register, its drawer, and counting blind at the end.

import * as api from "./api.js";
import { ask, choose, tell } from "./dialogs.js";
import * as money from "./money.js";
import { focusSearch, notice } from "./screen.js";
import { changed, rememberSession, shown, state, useRegister } from "./state.js";
import { known, say } from "./texts.js";

const address = (rest = "") => `/api/v1/registers/${state.rules.id}/session${rest}`;

/** Ask whether the register is open; what nobody answers stays as it was. */
export async function look() {
  const { id, store, code } = state.rules;
  const asked = new URLSearchParams({ store, code });
  const answer = await api.get(`/api/v1/registers?${asked}`);
  state.signedOut = Boolean(answer.signedOut);
  const register = answer.ok ? answer.told.results.find((one) => one.id === id) : null;
  if (register) await rememberSession(register.state === "open" ? register : null);
  return changed();
}

/** Which till this browser is; asked once, and again on request. */
export async function chooseRegister() {
  const register = await choose({
    title: say("which_register"),
    text: known.registers.length ? "" : say("no_register"),
    options: known.registers.map((one) => ({
      value: one, label: one.name || one.code, detail: `${one.store_name} (${one.store})`,
    })),
  });
  if (register) await useRegister(register);
  return register;
}

/** What goes with a register's session: open, or close and the like. */
export async function session() {
  if (!api.isOnline()) return notice(say("needs_network"), "wrong");
  if (!state.session) {
    const step = await choose({
      title: say("session"),
      options: [
        { value: open, label: say("open_register") },
        { value: switchRegister, label: say("other_register") },
      ],
    });
    return step ? step() : focusSearch();
  }
  const step = await choose({
    title: say("session"),
    text: say("open_since", { day: state.session.business_date }),
    options: [
      { value: close, label: say("close_register") },
      { value: switchRegister, label: say("other_register") },
    ],
  });
  return step ? step() : focusSearch();
}

const told = (text) => shown(money.units(text, state.rules.decimals) ?? 0);
const amountOf = (text) => money.units(text, state.rules.decimals);

async function switchRegister() {
  if (state.basket.lines.length) return notice(say("basket_first"), "wrong");
  if (await chooseRegister()) location.reload();
  return undefined;
}

export async function open() {
  let opened = null;
  await ask({
    title: say("open_register"),
    submit: say("open_register"),
    fields: [{ name: "float", label: say("float"), type: "number", required: true }],
    check: async ({ float }) => {
      const amount = amountOf(float);
      if (amount === null || amount < 0) return say("no_amount");
      const body = { opening_float: money.plain(amount, state.rules.decimals) };
      const answer = await api.post(address("s"), body);
      if (!answer.ok) return answer.lost ? say("needs_network") : api.told(answer.problem);
      opened = answer.told;
      return null;
    },
  });
  if (opened) {
    await rememberSession(opened);
    notice(say("opened", { float: told(opened.opening_float) }));
    await changed();
  }
  focusSearch();
}

/** Coins and notes as "20x5 10x3": so many of each; or one amount. */
export function counted(text, decimals) {
  const parts = text.trim().split(/\s+/).filter(Boolean);
  if (!parts.length) return null;
  let sum = 0;
  for (const part of parts) {
    const [worth, times = "1", more] = part.split(/[x×*]/i);
    const amount = money.units(worth, decimals);
    const count = money.units(times, 0);
    if (amount === null || count === null || amount < 0 || count < 0 || more !== undefined) return NaN;
    sum += amount * count;
  }
  return sum;
}

async function close() {
  if (state.waiting) return notice(say("waiting_first"), "wrong");
  if (state.basket.lines.length) return notice(say("basket_first"), "wrong");
  const { decimals } = state.rules;
  let closed = null;
  await ask({
    title: say("close_register"),
    text: say("count_blind"),
    submit: say("close_register"),
    fields: [
      ...known.tenders.map(({ value, label }) => ({
        name: value, label, type: value === "cash" ? "text" : "number",
        required: value === "cash", hint: value === "cash" ? say("denominations") : undefined,
      })),
      { name: "note", label: say("note") },
    ],
    check: async ({ note, ...typed }) => {
      const found = {};
      for (const { value, label } of known.tenders) {
        const amount = typed[value] ? counted(typed[value], decimals) : null;
        if (Number.isNaN(amount)) return `${label}: ${say("no_amount")}`;
        if (amount !== null) found[value] = money.plain(amount, decimals);
      }
      const answer = await api.post(address("/close"), { counted: found, note }, { patience: 30_000 });
      if (!answer.ok) return answer.lost ? say("needs_network") : api.told(answer.problem);
      closed = answer.told;
      return null;
    },
  });
  if (closed) {
    await rememberSession(null);
    await changed();
    const expected = closed.expected?.cash; // Left out for who counts blind.
    await tell(say("closed"), say("closed_counted", { cash: told(closed.counted.cash) }),
      expected ? say("closed_expected", { cash: told(expected) }) : "");
  }
  focusSearch();
  return undefined;
}

/** Cash into the drawer, out of it, or just open it. */
export async function drawer() {
  if (!api.isOnline()) return notice(say("needs_network"), "wrong");
  const kind = await choose({
    title: say("drawer"),
    options: ["no_sale", "pay_in", "pay_out"].map((value) => ({ value, label: say(value) })),
  });
  if (!kind) return focusSearch();
  const done = await ask({
    title: say(kind),
    fields: [
      ...(kind === "no_sale" ? [] : [{ name: "amount", label: say("amount"), type: "number", required: true }]),
      { name: "reason", label: say("reason"), required: true },
    ],
    check: async ({ amount, reason }) => {
      const found = amount === undefined ? null : amountOf(amount);
      if (amount !== undefined && !(found > 0)) return say("no_amount");
      const body = { kind, reason, ...(found && { amount: money.plain(found, state.rules.decimals) }) };
      const answer = await api.post(address("/drawer"), body);
      if (answer.ok) return null;
      return answer.lost ? say("needs_network") : api.told(answer.problem);
    },
  });
  if (done) notice(say("drawer_done"));
  return focusSearch();
}
