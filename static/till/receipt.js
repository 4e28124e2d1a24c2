// The receipt of the last ticket: the server's where there is a network, else one of our own that
// says that its number follows.

import * as api from "./api.js";
import { gross, lineDiscount, ticketDiscount } from "./basket.js";
import { ask, choose, make } from "./dialogs.js";
import * as money from "./money.js";
import { focusSearch, notice } from "./screen.js";
import { shown, state } from "./state.js";
import { known, say } from "./texts.js";

const paper = document.getElementById("receipt");

/** What to do with the last ticket. */
export async function again() {
  if (!state.last) return notice(say("no_last"), "wrong");
  const online = state.last.answer && api.isOnline();
  const options = [{ value: () => print("paper"), label: say("print") }];
  if (online) {
    options.push({ value: () => print("gift"), label: say("gift_receipt") });
    options.push({ value: mail, label: say("mail") });
  }
  const act = await choose({ title: state.last.answer?.reference ?? say("number_follows"), options });
  await act?.();
  return focusSearch();
}

async function print(way) {
  const { answer } = state.last;
  if (answer && api.isOnline()) {
    const printed = await api.post(`/api/v1/tickets/${answer.id}/prints`, { way });
    if (printed.ok) return open(printed.told.page, "_blank", "noopener");
    if (printed.refused && printed.status !== 404) return notice(api.told(printed.problem), "wrong");
  }
  draw(state.last);
  window.print();
  return undefined;
}

async function mail() {
  const done = await ask({
    title: say("mail"),
    fields: [{ name: "to", label: say("address"), type: "email", required: true }],
    check: async ({ to }) => {
      const sent = await api.post(`/api/v1/tickets/${state.last.answer.id}/mail`, { to });
      if (sent.ok) return null;
      return sent.lost ? say("needs_network") : api.told(sent.problem);
    },
  });
  if (done) notice(say("mailed"));
}

const row = (name, value, className = "") =>
  make("p", { className }, make("span", {}, name), make("span", {}, value));

/** Our own receipt, 80 mm wide when printed. */
export function draw({ ticket, answer, basket, tenders, total, change }) {
  const { rules } = state;
  const time = new Intl.DateTimeFormat(known.language, { dateStyle: "medium", timeStyle: "medium" });
  const off = ticketDiscount(basket, rules);
  const label = (kind) => known.tenders.find((one) => one.value === kind).label;
  paper.replaceChildren(
    make("h2", {}, rules.store_name),
    ...textOf(rules.receipt_header),
    row(time.format(new Date(ticket.sold_at)), rules.code),
    make("p", { className: "strong" }, answer?.reference ?? say("number_follows")),
    make("hr"),
    ...basket.lines.flatMap((line) => [
      row(line.name, shown(gross(line, rules) - lineDiscount(line, rules))),
      ...(line.kind !== "card" && line.quantity !== 1000 && line.price
        ? [make("p", {}, `  ${money.quantity(line.quantity)} × ${line.price}`)] : []),
    ]),
    ...(off ? [row(say("ticket_discount"), `−${shown(off)}`)] : []),
    ...(basket.tip ? [row(say("tip"), shown(basket.tip))] : []),
    make("hr"),
    row(say("total"), shown(total), "strong"),
    ...tenders.map((tender) => row(label(tender.kind), shown(tender.amount))),
    ...(change ? [row(say("change"), shown(change), "strong")] : []),
    ...(answer?.taxes ?? []).map((tax) => row(tax.tax, `${tax.base} + ${tax.amount}`)),
    make("hr"),
    ...textOf(rules.receipt_footer),
    make("p", { className: "fine" }, ticket.uuid),
  );
}

const textOf = (text) => text.split("\n").filter(Boolean).map((line) => make("p", { className: "centred" }, line));
