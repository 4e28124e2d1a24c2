// Tenders, and the moment a basket becomes a ticket.

import * as api from "./api.js";
import { needsNetwork, needsQuote } from "./basket.js";
import * as catalogue from "./catalogue.js";
import * as money from "./money.js";
import { approve, canApprove } from "./approving.js";
import * as attention from "./attention.js";
import { ask, choose } from "./dialogs.js";
import { focusSearch, notice } from "./screen.js";
import { changed, rememberLast, shown, startAnew, state, step, subtotal } from "./state.js";
import * as queue from "./queue.js";
import * as sync from "./sync.js";
import { change, due, payable, settled } from "./tenders.js";
import { ticketOf } from "./ticket.js";
import { known, say } from "./texts.js";

const PRICED = ["sales/beyond-limit", "sales/total-differs"];
const CODED = ["gift_card", "store_credit"];
const labelOf = (kind) => known.tenders.find((tender) => tender.value === kind).label;

/** What the basket comes to; where only the server knows, it is asked. null: it cannot be said. */
async function asked() {
  if (!needsQuote(state.basket)) return subtotal();
  const question = ticketOf({
    uuid: api.newKey(), basket: state.basket, tenders: [], total: null, rules: state.rules,
    cashier: known.cashier, at: new Date(),
  });
  const answer = await api.post("/api/v1/sales/quote", question);
  if (answer.ok) return money.units(answer.told.total_ttc, state.rules.decimals);
  if (answer.refused && (await allowed(answer.problem))) return asked();
  if (answer.lost) notice(say("needs_network"), "wrong");
  return null;
}

/** A rule is in the way: whether somebody who may has said yes. Anything else is only told. */
async function allowed(problem) {
  if (canApprove(problem) && !state.basket.approval) return approve(problem);
  await choose({ title: say("refused"), text: api.told(problem), options: [] });
  return false;
}

async function ready() {
  if (!state.basket.lines.length) return null;
  if (needsNetwork(state.basket) && !api.isOnline()) {
    notice(say("needs_network"), "wrong");
    return null;
  }
  return asked();
}

/** Cash or card: what is given, or, where goods came back, what is paid back. */
export async function pay(kind) {
  const total = await ready();
  if (total === null) return focusSearch();
  const left = due(total, state.tenders, step(), kind);
  if (left === 0 && settled(total, state.tenders, step())) return finish(total);
  const back = left < 0;
  const values = await ask({
    title: back ? say("pay_back", { kind: labelOf(kind) }) : labelOf(kind),
    text: say(back ? "to_pay_back" : "to_pay", { amount: shown(Math.abs(left)) }),
    fields: [amountField(kind, left), ...(kind === "cash" ? [] : [
      { name: "reference", label: say("reference"), hint: say("may_be_empty") }])],
    check: ({ amount }) => wrongAmount(amount, left, kind),
  });
  if (values) await tender({ kind, ...read(values, left) }, total);
  return focusSearch();
}

const amountField = (kind, left) => ({
  name: "amount", type: "number",
  label: kind === "cash" && left > 0 ? say("given") : say("amount"),
  value: kind === "cash" ? "" : money.plain(Math.abs(left), state.rules.decimals),
  hint: kind === "cash" ? say("empty_is_exact") : undefined,
});

function read({ amount, reference = "", code = "" }, left) {
  const typed = amount === "" ? Math.abs(left) : money.units(amount, state.rules.decimals);
  return { amount: left < 0 ? -typed : typed, reference, code };
}

function wrongAmount(amount, left, kind) {
  const typed = amount === "" ? Math.abs(left) : money.units(amount, state.rules.decimals);
  if (typed === null || typed <= 0) return say("no_amount");
  const most = kind !== "cash" || left < 0;
  return most && typed > Math.abs(left) ? say("too_much", { amount: shown(Math.abs(left)) }) : null;
}

/** Any other way to pay, by name; gift cards and credit by their code. */
export async function payOtherwise() {
  const total = await ready();
  if (total === null) return focusSearch();
  const kinds = known.tenders.filter(({ value }) => value !== "cash" && value !== "card");
  const options = state.rules.takes_tips ? [{ value: "tip", label: say("tip") }, ...kinds] : kinds;
  const kind = await choose({ title: say("other_way"), options });
  if (kind === "tip") return tip();
  if (!kind) return focusSearch();
  const left = due(total, state.tenders, step(), kind);
  const coded = CODED.includes(kind);
  if (coded && !api.isOnline()) return notice(say("needs_network"), "wrong");
  const values = await ask({
    title: labelOf(kind),
    text: say(left < 0 ? "to_pay_back" : "to_pay", { amount: shown(Math.abs(left)) }),
    fields: [
      coded
        ? { name: "code", label: say("code"), required: left > 0, hint: left < 0 ? say("empty_is_new") : undefined }
        : { name: "reference", label: say("reference"), hint: say("may_be_empty") },
      amountField(kind, left),
    ],
    check: ({ amount }) => wrongAmount(amount, left, kind),
  });
  if (values) await tender({ kind, ...read(values, left) }, total);
  return focusSearch();
}

async function tip() {
  const values = await ask({
    title: say("tip"), fields: [{ name: "amount", label: say("amount"), type: "number" }],
    check: ({ amount }) => (amount && money.units(amount, state.rules.decimals) === null ? say("no_amount") : null),
  });
  if (values) state.basket.tip = money.units(values.amount || "0", state.rules.decimals);
  await changed();
  return focusSearch();
}

async function tender(one, total) {
  state.tenders.push(one);
  await changed();
  if (settled(total, state.tenders, step())) await finish(total);
}

/** Whatever is scanned or pressed meanwhile waits: it is for the next customer. */
function finish(total) {
  state.selling = sell(total).finally(() => { state.selling = null; });
  return state.selling;
}

async function sell(total) {
  const ticket = ticketOf({
    uuid: api.newKey(), basket: state.basket, tenders: state.tenders, total, rules: state.rules,
    cashier: known.cashier, at: new Date(),
  });
  const last = {
    ticket, answer: null, basket: state.basket, tenders: state.tenders, register: state.rules.id,
    total: payable(total, state.tenders, step()), change: change(total, state.tenders, step()),
  };
  const outcome = await sync.sell(ticket);
  if (outcome.problem) return refused(outcome.problem, ticket.uuid, last);
  await rememberLast({ ...last, answer: outcome.ticket ?? null });
  state.signedOut = Boolean(outcome.signedOut);
  await startAnew();
  await attention.count();
  notice(say(outcome.later ? "sold_offline" : "sold", { number: outcome.ticket?.reference ?? "" }));
  return undefined;
}

/** Prices that changed since the catalogue was asked are put right in the basket. */
async function repriced(problem) {
  if (!PRICED.includes(problem.code)) return false;
  await catalogue.refresh(state.rules.store);
  const stale = state.basket.lines.filter((line) => line.kind === "sold" && line.price === line.listed
    && (catalogue.ofId(line.product)?.price ?? line.price) !== line.price);
  for (const line of stale) line.price = line.listed = catalogue.ofId(line.product).price;
  return stale.length > 0;
}

/** Nothing was handed over yet. The cashier decides what becomes of the ticket. */
async function refused(problem, uuid, last) {
  if (await repriced(problem)) {
    await queue.remove(uuid);
    state.tenders = [];
    await changed();
    return choose({ title: say("refused"), text: say("prices_changed"), options: [] });
  }
  if (canApprove(problem) && !state.basket.approval && (await approve(problem))) {
    await queue.remove(uuid); // It was refused: this approved one takes its place.
    return sell(last.total);
  }
  const choice = await choose({
    title: say("refused"),
    text: api.told(problem),
    must: true,
    options: [
      { value: "back", label: say("to_basket"), detail: say("to_basket_detail") },
      { value: "keep", label: say("goods_gone"), detail: say("goods_gone_detail") },
    ],
  });
  if (choice === "keep") {
    await rememberLast(last);
    await startAnew();
    return attention.count();
  }
  if (choice === "back") {
    await queue.remove(uuid);
    state.tenders = [];
    return changed();
  }
  return refused(problem, uuid, last); // Chromium lets a second Escape through.
}
