// Tenders, and the moment a basket becomes a ticket.

import * as api from "./api.js";
import { approve, canApprove } from "./approving.js";
import * as attention from "./attention.js";
import { needsNetwork } from "./basket.js";
import * as catalogue from "./catalogue.js";
import { ask, choose } from "./dialogs.js";
import * as money from "./money.js";
import { told, whyNot } from "./problems.js";
import * as queue from "./queue.js";
import { quote } from "./quoting.js";
import { outdated, taken } from "./repricing.js";
import { focusSearch, notice } from "./screen.js";
import * as session from "./session.js";
import { basketKey, changed, lacksQuote, rememberLast, shown, startAnew, state, step, subtotal } from "./state.js";
import * as sync from "./sync.js";
import { change, due, payable, settled } from "./tenders.js";
import { ticketOf } from "./ticket.js";
import { known, say } from "./texts.js";

const PRICED = ["sales/beyond-limit", "sales/total-differs"];
const CODED = ["gift_card", "store_credit"];
const isCoded = ({ kind }) => CODED.includes(kind);
const labelOf = (kind) => known.tenders.find((tender) => tender.value === kind).label;

/** What the basket comes to; where only the server knows, it is asked. null: it cannot be said. */
async function asked() {
  if (!lacksQuote()) return subtotal();
  const answer = await quote();
  if (answer.ok) return subtotal();
  if (answer.refused && (await allowed(answer.problem))) return asked();
  if (answer.lost) notice(whyNot(answer), "wrong");
  return null;
}

/** A rule is in the way: whether somebody who may has said yes. Anything else is only told. */
async function allowed(problem) {
  if (canApprove(problem)) return approve(problem);
  await choose({ title: say("refused"), text: told(problem), options: [] });
  return false;
}

/** Before any money is taken: an open register, the prices of now, and what it all comes to. */
async function ready() {
  if (!state.basket.lines.length) return null;
  if (!api.isOnline() && (needsNetwork(state.basket) || state.tenders.some(isCoded))) {
    notice(say("needs_network"), "wrong");
    return null;
  }
  if (state.session === null && api.isOnline()) await session.open();
  const changes = state.tenders.length ? [] : outdated();
  if (changes.length && !(await taken(changes))) return null;
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
  const coded = isCoded({ kind });
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
    ticket, answer: null, basket: state.basket, tenders: state.tenders,
    total: payable(total, state.tenders, step()), change: change(total, state.tenders, step()),
  };
  state.queued = true;
  const outcome = await sync.sell(ticket, {
    key: basketKey(), basket: state.basket, tenders: state.tenders,
  });
  if (outcome.moved) return undefined; // The tab that is the till now has the basket.
  if (outcome.unkept) return unkept();
  if (outcome.problem) return refused(outcome.problem, ticket.uuid, last);
  await rememberLast({ ...last, answer: outcome.ticket ?? null });
  state.signedOut = Boolean(outcome.signedOut);
  await startAnew();
  await attention.count();
  const later = state.signedOut ? "sold_signed_out" : "sold_offline";
  notice(say(outcome.later ? later : "sold", { number: outcome.ticket?.reference ?? "" }));
  return undefined;
}

/** What cannot be kept is not sold: a lost answer would lose the ticket. */
async function unkept() {
  state.queued = false;
  state.tenders = [];
  await choose({ title: say("refused"), text: say("not_kept"), options: [] });
  return changed();
}

/** It was refused, so nothing was sold: the basket is one again, and nothing of it is paid. */
async function backToTheBasket(uuid) {
  await queue.remove(uuid);
  state.queued = false;
  state.tenders = [];
  await changed();
}

/** What changed since the till was told is put right, and paid again: true where that was it. */
async function putRight(problem, uuid, last) {
  if (!PRICED.includes(problem.code)) return false;
  await catalogue.refresh(state.rules.store);
  const changes = outdated(problem);
  if (changes.length) {
    await backToTheBasket(uuid);
    if (await taken(changes)) notice(say("pay_again"));
    return true;
  }
  if (problem.code !== "sales/total-differs" || !(await quote()).ok || payable(subtotal(), last.tenders, step()) === last.total) {
    return false;
  }
  await backToTheBasket(uuid);
  const words = { before: shown(last.total), now: shown(subtotal()) };
  await choose({ title: say("refused"), text: say("total_is_now", words), options: [] });
  return true;
}

/** Nothing was handed over yet. The cashier decides what becomes of the ticket. */
async function refused(problem, uuid, last) {
  if (await putRight(problem, uuid, last)) return undefined;
  if (canApprove(problem) && (await approve(problem))) {
    await queue.remove(uuid); // It was refused: this approved one takes its place.
    return sell(last.total);
  }
  if (problem.code === "sales/no-open-session") await session.look();
  return decide(problem, uuid, last);
}

async function decide(problem, uuid, last) {
  const choice = await choose({
    title: say("refused"),
    text: told(problem),
    must: true,
    options: [
      { value: "back", label: say("to_basket"), detail: say("to_basket_detail") },
      { value: "keep", label: say("goods_gone"), detail: say("goods_gone_detail") },
    ],
  });
  if (choice === "back") return backToTheBasket(uuid);
  if (choice !== "keep") return decide(problem, uuid, last); // Chromium lets a second Escape through.
  await rememberLast(last);
  await startAnew();
  return attention.count();
}
