// Opening the register, its drawer, and counting blind at the end.

import * as api from "./api.js";
import { ask, choose, tell } from "./dialogs.js";
import * as money from "./money.js";
import { othersTold } from "./attention.js";
import { whyNot } from "./problems.js";
import { xReport, zReport } from "./report.js";
import { focusSearch, notice } from "./screen.js";
import { changed, rememberSession, shown, state, useRegister } from "./state.js";
import { dayOf, known, named, say } from "./texts.js";

const address = (rest = "") => `/api/v1/registers/${state.rules.id}/session${rest}`;

/** Ask whether the register is open; what nobody answers stays as it was. */
export async function look() {
  const { id, store, code } = state.rules;
  const asked = new URLSearchParams({ store, code });
  const answer = await api.get(`/api/v1/registers?${asked}`);
  state.signedOut = Boolean(answer.signedOut);
  const register = answer.ok ? answer.told.results.find((one) => one.id === id) : null;
  if (!register) return changed();
  const closing = register.state === "closing" ? await api.get(address()) : null;
  await rememberSession(register.state === null ? null
    : { ...register, closing_failed: closing?.told?.closing_failed ?? "" });
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
  await look();
  const running = state.session;
  const options = [];
  if (!running) options.push({ value: open, label: say("open_register") });
  if (running?.state === "open") options.push({ value: close, label: say("close_register") });
  if (known.sees_expected) {
    if (running) options.push({ value: xReport, label: say("x_report") });
    options.push({ value: () => zReport(), label: say("z_report") });
  }
  options.push({ value: switchRegister, label: say("other_register") });
  const step = await choose({
    title: say("session"),
    text: running?.state === "open" ? say("open_since", { day: dayOf(running.business_date) })
      : running ? [say("is_closing"), running.closing_failed].filter(Boolean).join("\n") : "",
    options,
  });
  await step?.();
  return focusSearch();
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
    fields: [{ name: "float", label: say("float"), required: true, hint: say("denominations") }],
    check: async ({ float }) => {
      const amount = counted(float, state.rules.decimals);
      if (Number.isNaN(amount)) return say("no_amount");
      const body = { opening_float: money.plain(amount, state.rules.decimals) };
      const answer = await api.post(address("s"), body);
      if (!answer.ok) return whyNot(answer);
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

/** Nobody may send a colleague's tickets; a register is not kept open for who has gone home. */
const closeAllTheSame = () => choose({
  title: say("close_register"),
  text: othersTold(),
  options: [{ value: true, label: say("close_anyway"), detail: say("close_anyway_detail") }],
});

async function close() {
  if (state.waiting || state.refused) return notice(say("waiting_first"), "wrong");
  if (state.basket.lines.length) return notice(say("basket_first"), "wrong");
  if (state.others.size && !(await closeAllTheSame())) return undefined;
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
        if (Number.isNaN(amount)) return named(label, say("no_amount"));
        if (amount !== null) found[value] = money.plain(amount, decimals);
      }
      const answer = await api.post(address("/close"), { counted: found, note }, { patience: 30_000 });
      if (!answer.ok) return whyNot(answer);
      closed = answer.told;
      return null;
    },
  });
  if (closed) await tellClosed(closed);
  focusSearch();
  return undefined;
}

/** The count is in whatever happens; a Z report that could not be made is made by the clock. */
async function tellClosed(closed) {
  const done = closed.state === "closed";
  await rememberSession(done ? null : closed);
  await changed();
  if (!done) return tell(say("is_closing"), say("closing_detail"), closed.closing_failed);
  if (closed.closing && known.sees_expected) return zReport(closed.closing);
  return tell(say("closed"), say("closed_counted", { cash: told(closed.counted.cash) }));
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
      return whyNot(answer);
    },
  });
  if (done) notice(say("drawer_done"));
  return focusSearch();
}
