// The screen is drawn from the state, whole: a basket is small.

import * as api from "./api.js";
import { gross, lineDiscount, pieces, taxes, ticketDiscount } from "./basket.js";
import { make } from "./dialogs.js";
import * as money from "./money.js";
import { isQuoted, shown, state, step, subtotal, told } from "./state.js";
import { due } from "./tenders.js";
import { dayOf, known, named, say } from "./texts.js";

const at = (id) => document.getElementById(id);

export function draw(act) {
  drawHead();
  if (!state.rules) return;
  const lines = state.basket.lines.map((line, row) => lineOf(line, row, act));
  at("lines").replaceChildren(...lines);
  at("lines").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  at("empty").hidden = lines.length > 0;
  at("pieces").textContent = say("pieces", { count: money.quantity(pieces(state.basket)) });
  at("total").textContent = shown(subtotal());
  drawSums(act);
  drawLast();
}

function drawHead() {
  const { rules } = state;
  at("place").textContent = rules ? `${rules.store_name} · ${rules.name || rules.code}` : "";
  at("cashier").textContent = known.cashier;
  const online = api.isOnline() && !state.signedOut;
  at("network").className = online ? "online" : "offline";
  at("network").textContent = state.signedOut ? say("signed_out") : say(online ? "online" : "offline");
  at("waiting").textContent = say("waiting", { count: state.waiting });
  at("waiting").hidden = !state.waiting;
  at("refused").textContent = say("attention", { count: state.refused });
  at("refused").hidden = !state.refused;
  const others = [...state.others.values()].reduce((sum, tickets) => sum + tickets, 0);
  at("others").textContent = say("others_waiting", { count: others });
  at("others").hidden = !others;
  drawRegister();
  at("signed-out").hidden = !state.signedOut;
  at("kept").textContent = say("kept", { count: state.waiting });
}

/** What is not as it should be with the register, and the way out of it. */
function drawRegister() {
  const { rules, session } = state;
  const word = !rules || session === undefined ? ""
    : session === null ? say("is_closed")
      : session.state === "closing" ? say("is_closing")
        : session.business_date < today(rules) ? say("of_earlier_day", { day: dayOf(session.business_date) }) : "";
  at("closed").hidden = !word;
  at("closed-word").textContent = word;
}

/** The store's business day, which begins at its own hour. */
function today({ timezone, day_cutoff_hour: cutoff }) {
  const parts = { timeZone: timezone, year: "numeric", month: "2-digit", day: "2-digit" };
  return new Intl.DateTimeFormat("sv", parts).format(Date.now() - cutoff * 3_600_000);
}

function lineOf(line, row, act) {
  const current = row === state.selected;
  const name = line.name ?? say("gift_card");
  const off = lineDiscount(line, state.rules);
  const price = line.price ? told(roundedPrice(line.price)) : "";
  const detail = [
    line.kind === "sold" || line.kind === "card" ? "" : say(line.kind),
    known.dispositions.find(({ value }) => value === line.disposition)?.label,
    line.sku ?? "", off ? say("less", { amount: shown(off) }) : "",
  ].filter(Boolean).join(" · ");
  const button = (what, sign) =>
    make("button", {
      type: "button", className: "small", onclick: () => act(what, row),
      aria: { label: named(say(what), name) },
    }, sign);
  const counts = line.kind !== "card";
  return make("li", { className: `line ${line.kind}`, aria: current ? { current: "true" } : {} },
    make("button", { type: "button", className: "name", onclick: () => act("select", row) },
      make("strong", {}, name), make("small", {}, detail)),
    make("span", { className: "count" }, counts ? button("less_of_it", "−") : null,
      make("b", {}, counts ? money.quantity(line.quantity) : ""), counts ? button("more_of_it", "+") : null),
    make("span", { className: "price" }, counts ? price : ""),
    make("span", { className: "worth" }, shown(gross(line, state.rules) - off)),
    button("remove", "✕"));
}

/** A price with more places than the currency shows as the nearest it has. */
const roundedPrice = (text) =>
  money.plain(money.worth(1000, money.price(text), state.rules.decimals), state.rules.decimals);

function drawSums(act) {
  const rows = [];
  const off = ticketDiscount(state.basket, state.rules);
  if (off) rows.push([say("ticket_discount"), `−${shown(off)}`]);
  if (!isQuoted()) {
    rows.push(...taxes(state.basket, state.rules).map(({ tax, rate, amount }) =>
      [`${tax} ${money.percent(rate)} %`, shown(amount)]));
  }
  if (state.basket.customer) rows.push([say("customer"), state.basket.customer]);
  if (state.basket.tip) rows.push([say("tip"), shown(state.basket.tip)]);
  if (state.basket.approval) rows.push([say("approved"), "✓"]);
  const list = rows.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)));
  state.tenders.forEach((tender, row) => {
    const { label } = known.tenders.find((kind) => kind.value === tender.kind);
    list.push(make("div", {}, make("dt", {}, label), make("dd", {}, shown(tender.amount),
      make("button", {
        type: "button", className: "small", onclick: () => act("untender", row),
        aria: { label: named(say("remove"), label) },
      }, "✕"))));
  });
  if (state.tenders.length) {
    const left = due(subtotal(), state.tenders, step());
    const back = left < 0 && subtotal() >= 0; // more than it costs was given, and the ticket is on its way
    list.push(make("div", { className: "due" },
      make("dt", {}, say(back ? "to_give_back" : "still_due")), make("dd", {}, shown(back ? -left : left))));
  }
  at("sums").replaceChildren(...list);
}

function drawLast() {
  const { last } = state;
  at("last").hidden = !last || state.basket.lines.length > 0;
  if (!last) return;
  at("last-number").textContent = last.answer?.reference ?? say("number_follows");
  at("last-total").textContent = shown(last.total);
  at("last-change").textContent = shown(last.change);
  at("last-change").parentElement.hidden = !last.change;
  at("last-cards").replaceChildren(...(last.answer?.issued ?? []).map(({ code, amount }) =>
    make("li", {}, `${say("new_code")} `, make("code", {}, code), ` ${told(amount)}`)));
}

/** A word that goes away by itself, read out to whoever does not see it. */
let clearing = 0;
export function notice(text, kind = "info") {
  const place = at("notice");
  place.className = kind;
  place.textContent = text;
  clearTimeout(clearing);
  clearing = setTimeout(() => { place.textContent = ""; place.className = ""; }, 8000);
}

export const focusSearch = () => at("search").focus();
