// Receipts on paper: the server's, which counts each copy, or, without it, a provisional one that
// says that its number follows. Both have the QR code by which goods come back.

import encodeQR from "../vendor/qr/qr.js";
import * as api from "./api.js";
import { gross, lineDiscount, taxes, ticketDiscount } from "./basket.js";
import { ask, choose, make } from "./dialogs.js";
import * as money from "./money.js";
import { whyNot } from "./problems.js";
import { focusSearch, notice } from "./screen.js";
import { shown, state, told } from "./state.js";
import { found } from "./tickets.js";
import { known, say } from "./texts.js";

const SVG = "http://www.w3.org/2000/svg";
const paper = document.getElementById("receipt");

/** What to do with the last ticket, or with one before it. */
export async function again() {
  const { last } = state;
  const options = [];
  if (last) options.push(...ways(last.answer, last));
  if (api.isOnline()) options.push({ value: older, label: say("other_ticket") });
  if (!options.length) return notice(say("no_last"), "wrong");
  const title = last ? last.answer?.reference ?? say("number_follows") : say("last_receipt");
  await (await choose({ title, options }))?.();
  return focusSearch();
}

const ways = (ticket, last = null) => [
  { value: () => print("paper", ticket, last), label: say("print") },
  ...(ticket && api.isOnline() ? [
    { value: () => print("gift", ticket, last), label: say("gift_receipt") },
    { value: () => mail(ticket), label: say("mail") },
  ] : []),
];

async function older() {
  let ticket = null;
  const typed = await ask({
    title: say("other_ticket"),
    fields: [{ name: "receipt", label: say("receipt_or_number"), required: true }],
    check: async ({ receipt }) => {
      ticket = await found(receipt);
      return ticket ? null : say("no_such_receipt");
    },
  });
  if (!typed) return;
  const way = await choose({ title: ticket.reference, options: ways(ticket) });
  await way?.();
}

async function print(way, ticket, last) {
  const printed = ticket && api.isOnline()
    ? await api.post(`/api/v1/tickets/${ticket.id}/prints`, { way }) : { lost: true };
  if (printed.ok) {
    counted(printed.told, way === "paper" ? last?.answer?.issued ?? [] : []);
  } else if (printed.refused || !last) {
    return notice(whyNot(printed), "wrong");
  } else {
    provisional(last);
  }
  window.print();
  return undefined;
}

async function mail({ id }) {
  const done = await ask({
    title: say("mail"),
    fields: [{ name: "to", label: say("address"), type: "email", required: true }],
    check: async ({ to }) => {
      const sent = await api.post(`/api/v1/tickets/${id}/mail`, { to });
      return sent.ok ? null : whyNot(sent);
    },
  });
  if (done) notice(say("mailed"));
}

/** A QR code with its quiet zone. */
function code(text) {
  const rows = encodeQR(text, "raw", { ecc: "medium", border: 4 });
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${rows.length} ${rows.length}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", rows.flatMap((row, down) =>
    row.map((dark, across) => (dark ? `M${across},${down}h1v1h-1z` : ""))).join(""));
  svg.append(path);
  return svg;
}

/** The server's own rows, and the cards that came into being with the ticket: paper is all there
 * is of them. */
function counted({ lines, qr }, issued) {
  paper.replaceChildren(make("pre", {}, lines.join("\n")), code(qr), ...issued.flatMap((card) => [
    make("hr"),
    row(say(card.kind === "store_credit" ? "store_credit" : "gift_card"), told(card.amount), "strong"),
    make("p", { className: "centred" }, card.code),
    code(card.code),
  ]));
}

const row = (name, value, className = "") =>
  make("p", { className }, make("span", {}, name), make("span", {}, value));

/** Our own, 80 mm wide when printed. */
export function provisional({ ticket, answer, basket, tenders, total, change }) {
  const { rules } = state;
  const time = new Intl.DateTimeFormat(known.language, {
    dateStyle: "medium", timeStyle: "medium", timeZone: rules.timezone,
  });
  const off = ticketDiscount(basket, rules);
  const label = (kind) => known.tenders.find((one) => one.value === kind).label;
  paper.replaceChildren(
    make("h2", {}, rules.store_name),
    ...textOf(rules.receipt_header),
    make("p", { className: "centred strong" }, say("provisional")),
    row(time.format(new Date(ticket.sold_at)), rules.code),
    make("p", { className: "strong" }, answer?.reference ?? say("number_follows")),
    make("hr"),
    ...basket.lines.flatMap((line) => [
      row(line.name, shown(gross(line, rules) - lineDiscount(line, rules))),
      ...(line.kind !== "card" && line.quantity !== 1000 && line.price
        ? [make("p", {}, `  ${money.quantity(line.quantity)} × ${line.price}`)] : []),
    ]),
    ...(off ? [row(say("ticket_discount"), `−${shown(off)}`)] : []),
    ...taxes(basket, rules).map(({ tax, rate, amount }) => row(`${tax} ${money.percent(rate)} %`, shown(amount))),
    ...(basket.tip ? [row(say("tip"), shown(basket.tip))] : []),
    make("hr"),
    row(say("total"), shown(total), "strong"),
    ...tenders.map((tender) => row(label(tender.kind), shown(tender.amount))),
    ...(change ? [row(say("change"), shown(change), "strong")] : []),
    make("hr"),
    ...textOf(rules.receipt_footer),
    code(ticket.uuid),
    make("p", { className: "fine centred" }, ticket.uuid),
  );
}

/** Rows of a report, as a receipt printer's paper has them. */
export function printRows(title, rows) {
  paper.replaceChildren(make("h2", {}, state.rules.store_name), make("p", { className: "strong" }, title),
    make("hr"), ...rows.map(([name, value]) => row(name, value)));
  window.print();
}

const textOf = (text) => text.split("\n").filter(Boolean).map((line) => make("p", { className: "centred" }, line));
