// The box that is always ready: a scanner types a code and Enter, a person types words. Nothing
// is asked of the server for what the catalogue knows.

import * as api from "./api.js";
import { add, isWhole } from "./basket.js";
import * as catalogue from "./catalogue.js";
import { ask, make } from "./dialogs.js";
import * as money from "./money.js";
import { notice } from "./screen.js";
import { changed, shown, state } from "./state.js";
import { say } from "./texts.js";

const MULTIPLE = /^(\d{1,6}(?:[.,]\d{1,3})?)\s*[*x×]\s*(.*)$/i;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;
const box = document.getElementById("search");
const list = document.getElementById("results");
let found = [];
let chosen = -1;
let takes = null; // what a choice means: a sale, unless somebody waits for a product

/** `receipt(uuid)` is called where a receipt was scanned, `act` for what the keys ask. */
export function listen({ receipt, act }) {
  box.addEventListener("input", suggest);
  box.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter") {
      event.preventDefault();
      enter(receipt);
    } else if (event.key === "Escape") {
      takes = null;
      box.placeholder = say("scan_or_search");
      clear();
    } else if (by) {
      event.preventDefault();
      if (found.length) mark((chosen + by + found.length) % found.length);
      else act("step", by);
    } else if (!box.value && (event.key === "+" || event.key === "-")) {
      event.preventDefault();
      act(event.key === "+" ? "more_of_it" : "less_of_it", state.selected);
    }
  });
}

/** The next product goes to `taker(product, thousandths)` instead of into the basket. */
export function pick(taker, hint) {
  takes = taker;
  clear();
  box.placeholder = hint;
  box.focus();
}

function asked() {
  const [, count, rest] = MULTIPLE.exec(box.value.trim()) ?? [null, "1", box.value.trim()];
  return { count: money.thousandths(count), text: rest };
}

function suggest() {
  const { text } = asked();
  found = text.length > 1 ? catalogue.search(text) : [];
  list.replaceChildren(...found.map((product, row) =>
    make("li", {
      id: `result-${row}`, role: "option", aria: { selected: "false" },
      onclick: () => take(product, asked().count),
    },
    make("span", {}, make("strong", {}, product.name), make("small", {}, ` ${product.sku}`)),
    make("b", {}, product.price === null ? "–" : shown(money.worth(1000, money.price(product.price), state.rules.decimals))),
    make("small", { className: "stock" },
      // What the store never had has no level: a ticket of it is short, too.
      say("in_stock", { count: money.quantity(money.thousandths(product.available ?? "0") ?? 0) })))));
  list.hidden = !found.length;
  box.setAttribute("aria-expanded", String(found.length > 0));
  mark(-1);
}

function mark(row) {
  chosen = row;
  [...list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === row)));
  list.children[row]?.scrollIntoView({ block: "nearest" });
  if (row >= 0) box.setAttribute("aria-activedescendant", `result-${row}`);
  else box.removeAttribute("aria-activedescendant");
}

export function clear() {
  box.value = "";
  suggest();
}

async function enter(receipt) {
  const { count, text } = asked();
  if (!text || count === null || count <= 0) return undefined;
  if (state.selling) {
    clear();
    await state.selling;
  }
  if (chosen >= 0) return take(found[chosen], count);
  const scan = catalogue.scanned(text);
  if (scan) return take(scan.product, count * Number(money.thousandths(scan.quantity)) / 1000);
  const uuid = UUID.exec(text);
  if (uuid) {
    clear();
    return receipt(uuid[0].toLowerCase());
  }
  if (found.length === 1) return take(found[0], count);
  if (found.length) return mark(0);
  return askServer(text, count);
}

/** A weight or a price that a scale put into the code is read by the server. */
async function askServer(text, count) {
  box.select();
  const address = `/api/v1/barcodes/${encodeURIComponent(text)}?store=${encodeURIComponent(state.rules.store)}`;
  const answer = await api.get(address);
  const product = answer.ok ? catalogue.ofId(answer.told.product_id) : null;
  const each = answer.ok && answer.told.quantity !== null ? money.thousandths(answer.told.quantity) : null;
  if (!product || each === null) {
    notice(say(answer.lost ? "unknown_offline" : "unknown", { code: text }), "wrong");
    return;
  }
  await take(product, count * each / 1000);
}

async function take(product, count) {
  clear();
  if (!Number.isInteger(count)) return notice(say("not_whole", { name: product.name }), "wrong");
  if (!product.is_active) return notice(say("inactive", { name: product.name }), "wrong");
  if (!isWhole({ unit: product.unit, quantity: count })) {
    return notice(say("not_whole", { name: product.name }), "wrong");
  }
  if (takes) {
    const taker = takes;
    takes = null;
    box.placeholder = say("scan_or_search");
    return taker(product, count);
  }
  const price = product.price ?? (await priceOf(product));
  if (price === null) return undefined;
  const line = add(state.basket, { ...product, price }, count);
  line.listed = product.price;
  state.selected = state.basket.lines.indexOf(line);
  return changed();
}

/** Nobody knows what it costs: the cashier says it. */
export async function priceOf(product) {
  const values = await ask({
    title: say("price_of", { name: product.name }),
    fields: [{ name: "price", label: say("price"), type: "number", required: true }],
    check: ({ price }) => ((money.units(price, state.rules.decimals) ?? -1) < 0 ? say("no_amount") : null),
  });
  box.focus();
  return values && values.price.replace(",", ".");
}

