// Goods that come back: by their receipt, or without one. Whatever the basket comes to then is
// paid or paid back as any other; new goods beside them make an exchange.

import * as api from "./api.js";
import { ask } from "./dialogs.js";
import * as money from "./money.js";
import { pick, priceOf } from "./scanning.js";
import { focusSearch, notice } from "./screen.js";
import { changed, state } from "./state.js";
import { found, UUID } from "./tickets.js";
import { known, named, say } from "./texts.js";

const disposition = (name, of = "") => ({
  name, label: of ? named(say("disposition"), of) : say("disposition"), options: known.dispositions,
});

/** By a receipt's QR code, or its number as printed. */
export async function withReceipt(scanned = "") {
  if (!api.isOnline()) return notice(say("needs_network"), "wrong");
  let sale = scanned ? await saleOf(scanned) : null;
  if (!sale) {
    const answered = await ask({
      title: say("return_goods"),
      fields: [{ name: "receipt", label: say("receipt_or_number"), value: scanned, required: true }],
      check: async ({ receipt }) => {
        sale = await saleOf(receipt);
        return sale ? null : say("no_such_receipt");
      },
    });
    if (!answered) return focusSearch();
  }
  await take(sale);
  return focusSearch();
}

/** The sale of a ticket; an imported sale by its id. */
async function saleOf(text) {
  const ticket = await found(text);
  const id = ticket?.id ?? UUID.exec(text)?.[0].toLowerCase();
  const sale = id ? await api.get(`/api/v1/sales/${id}`) : {};
  return sale.ok && sale.told.lines ? { ...sale.told, reference: ticket?.reference } : null;
}

/** What can still come back of a line; what stands in the basket has come back, too. */
function leftOf(line, sale) {
  const here = state.basket.lines.filter((one) => one.sale === sale.id && one.line === line.line_no);
  return money.thousandths(line.quantity) - money.thousandths(line.returned)
    - here.reduce((sum, one) => sum + one.quantity, 0);
}

async function take(sale) {
  const lines = sale.lines.filter((line) => line.kind === "item" && leftOf(line, sale) > 0);
  if (!lines.length) return notice(say("nothing_left"), "wrong");
  const asked = (line, typed) => money.thousandths(typed[`line-${line.line_no}`] || "0");
  const values = await ask({
    title: say("return_of", { number: sale.reference ?? sale.external_ref ?? "" }),
    text: say("how_many_back"),
    fields: lines.map((line) => [
      {
        name: `line-${line.line_no}`, type: "number",
        label: `${line.product_name} — ${say("of", { count: money.quantity(leftOf(line, sale)) })}`,
      },
      disposition(`disposition-${line.line_no}`, line.product_name),
    ]),
    check: (typed) => {
      const wrong = lines.find((line) => {
        const count = asked(line, typed);
        return count === null || count < 0 || count > leftOf(line, sale);
      });
      if (wrong) {
        return named(wrong.product_name, say("more_than_left", { count: money.quantity(leftOf(wrong, sale)) }));
      }
      return lines.some((line) => asked(line, typed)) ? null : say("say_how_many");
    },
  });
  if (!values) return undefined;
  const back = lines.filter((line) => asked(line, values)).map((line) =>
    returned(sale, line, asked(line, values), values[`disposition-${line.line_no}`]));
  state.basket.lines.push(...back);
  state.selected = state.basket.lines.length - 1;
  return changed();
}

const returned = (sale, line, quantity, how) => ({
  kind: "returned", sale: sale.id, line: line.line_no, name: line.product_name,
  sku: line.product, quantity, most: leftOf(line, sale),
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
      fields: [disposition("disposition"), { name: "note", label: say("note") }],
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
