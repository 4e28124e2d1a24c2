// What the server did not take, told to a cashier: products by their names, not by row numbers.

import * as catalogue from "./catalogue.js";
import * as money from "./money.js";
import { state } from "./state.js";
import { named, say } from "./texts.js";

const LINE = /^\/lines\/(\d+)/;
const NAMES = { "/customer": "customer", "/discount": "ticket_discount", "/tip": "tip" };

/** A problem in sentences, the faulty fields and the products that are short included. */
export function told(problem, basket = state.basket) {
  const short = (problem.lines ?? []).filter((line) => "available" in line).map(shortOf);
  const errors = (problem.errors ?? []).map(({ pointer, detail }) => named(nameOf(pointer, basket), detail));
  const head = short.length ? problem.title : problem.detail ?? problem.title;
  return [head, ...short, ...errors].filter(Boolean).join("\n");
}

/** Why an answer is none, for a person. */
export function whyNot(answer) {
  if (answer.signedOut) return say("sign_in_first");
  return answer.lost ? say("needs_network") : told(answer.problem);
}

const shortOf = ({ product, sku, asked, available }) => say("short_of", {
  name: catalogue.ofId(product)?.name ?? sku, sku, asked: plainly(asked), available: plainly(available),
});

const plainly = (quantity) => money.quantity(money.thousandths(quantity) ?? 0);

function nameOf(pointer, basket) {
  const row = LINE.exec(pointer)?.[1];
  if (row !== undefined) return basket.lines[row]?.name ?? say("line_number", { number: Number(row) + 1 });
  return NAMES[pointer] ? say(NAMES[pointer]) : pointer.split("/").filter(Boolean).join(" ");
}
