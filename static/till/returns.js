// Goods that come back: by their receipt, or without one. Whatever the basket comes to then is
// paid or paid back as any other; new goods beside them make an exchange.

import * as api from "./api.js";
import { ask } from "./dialogs.js";
import * as money from "./money.js";
import { pick, priceOf } from "./scanning.js";
import { focusSearch, notice } from "./screen.js";
import { changed, state } from "./state.js";
import { known, say } from "./texts.js";

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;
const REFERENCE = /^(?:(.+)-)?0*(\d{1,12})$/;

const disposition = () => ({
  name: "disposition", label: say("disposition"), options: known.dispositions,
});

/** By a receipt's QR code, or its number as printed. */
export async function withReceipt(scanned = "") {
  if (!api.isOnline()) return notice(say("needs_network"), "wrong");
  let sale = scanned ? await found(scanned) : null;
  if (!sale) {
    const answered = await ask({
      title: say("return_goods"),
      fields: [{ name: "receipt", label: say("receipt_or_number"), value: scanned, required: true }],
      check: async ({ receipt }) => {
        sale = await found(receipt);
        return sale ? null : say("no_such_receipt");
      },
    });
    if (!answered) return focusSearch();
  }
  await take(sale);
  return focusSearch();
}

/** The sale of a ticket, by its till's uuid or its number; an imported sale by its id. */
async function found(text) {
  const uuid = UUID.exec(text)?.[0].toLowerCase();
  const [, code, number] = REFERENCE.exec(text.trim()) ?? [];
  if (!uuid && !number) return null;
  const register = known.registers.find((one) => one.store === state.rules.store
    && one.code.toLowerCase() === code?.toLowerCase()) ?? state.rules;
  const asked = uuid ? `uuid=${uuid}` : `number=${number}&register=${register.id}`;
  const answer = await api.get(`/api/v1/tickets?${asked}`);
  const ticket = answer.ok ? answer.told.results[0] : null;
  const sale = await api.get(`/api/v1/sales/${ticket?.id ?? uuid ?? ""}`);
  return sale.ok && sale.told.lines ? { ...sale.told, reference: ticket?.reference } : null;
}

const leftOf = (line) => money.thousandths(line.quantity) - money.thousandths(line.returned);

async function take(sale) {
  const lines = sale.lines.filter((line) => line.kind === "item" && leftOf(line) > 0);
  if (!lines.length) return notice(say("nothing_left"), "wrong");
  const values = await ask({
    title: say("return_of", { number: sale.reference ?? sale.external_ref ?? "" }),
    text: say("how_many_back"),
    fields: [
      ...lines.map((line) => ({
        name: `line-${line.line_no}`, type: "number",
        label: `${line.product_name} — ${say("of", { count: money.quantity(leftOf(line)) })}`,
      })),
      disposition(),
    ],
    check: (typed) => {
      const wrong = lines.find((line) => {
        const count = money.thousandths(typed[`line-${line.line_no}`] || "0");
        return count === null || count < 0 || count > leftOf(line);
      });
      return wrong ? say("more_than_left", { count: money.quantity(leftOf(wrong)) }) : null;
    },
  });
  if (!values) return undefined;
  for (const line of lines) {
    const quantity = money.thousandths(values[`line-${line.line_no}`] || "0");
    if (quantity) state.basket.lines.push(returned(sale, line, quantity, values.disposition));
  }
  state.selected = state.basket.lines.length - 1;
  return changed();
}

const returned = (sale, line, quantity, how) => ({
  kind: "returned", sale: sale.id, line: line.line_no, name: line.product_name,
  sku: line.product, quantity, most: leftOf(line),
  sold: money.thousandths(line.quantity), net: money.units(line.net_ttc, state.rules.decimals),
  disposition: how, discount: null, price: null,
});

/** Without a receipt: scan what comes back, then say what becomes of it. */
export function withoutReceipt() {
  pick(async (product, quantity) => {
    const price = product.price ?? (await priceOf(product));
    const values = price === null ? null : await ask({
      title: say("unreceipted"),
      text: product.name,
      fields: [disposition(), { name: "note", label: say("note") }],
    });
    focusSearch();
    if (!values) return;
    state.basket.lines.push({
      kind: "unreceipted", product: product.id, sku: product.sku, name: product.name,
      unit: product.unit, taxes: product.tax_class, quantity, price, listed: product.price,
      discount: null, ...values,
    });
    state.selected = state.basket.lines.length - 1;
    await changed();
  }, say("scan_what_comes_back"));
}
