// X and Z reports on the screen and on paper, for whoever may know what should be in a drawer.

import * as api from "./api.js";
import { choose, make } from "./dialogs.js";
import { whyNot } from "./problems.js";
import { printRows } from "./receipt.js";
import { notice } from "./screen.js";
import { state, told } from "./state.js";
import { known, named, say } from "./texts.js";

const labelOf = (kind) => known.tenders.find(({ value }) => value === kind)?.label ?? kind;
const amounts = (name, byKind) =>
  Object.entries(byKind ?? {}).map(([kind, amount]) => [named(name, labelOf(kind)), amount === null ? "–" : told(amount)]);

const rowsOf = (figures) => [
  [say("tickets"), String(figures.tickets)],
  [say("sales_total"), told(figures.sales_ttc)],
  [say("returns_total"), told(figures.returns_ttc)],
  [say("total"), told(figures.total_ttc)],
  ...figures.totals.taxes.map(({ tax, amount }) => [tax, told(amount)]),
  ...amounts(say("taken"), figures.totals.tenders),
  ...amounts(say("expected"), figures.totals.expected),
  ...amounts(say("counted"), figures.totals.counted),
  ...amounts(say("variance"), figures.totals.variance),
];

async function show(title, rows) {
  const list = make("dl", { className: "figures" }, ...rows.map(([name, value]) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, value))));
  const act = await choose({
    title, text: list, options: [{ value: printRows, label: say("print") }],
  });
  act?.(title, rows);
}

/** What the open session comes to until now. */
export async function xReport() {
  const answer = await api.get(`/api/v1/registers/${state.rules.id}/session/x-report`);
  if (!answer.ok) return notice(whyNot(answer), "wrong");
  return show(say("x_report"), rowsOf(answer.told));
}

/** A Z report by its id; the register's latest unless told. */
export async function zReport(id = null) {
  const { id: register } = state.rules;
  const listed = id ? null : await api.get(`/api/v1/closings?register=${register}&kind=session&page_size=1`);
  const latest = id ?? listed.told?.results[0]?.id;
  if (!latest) return notice(listed.ok ? say("no_z_report") : whyNot(listed), "wrong");
  const answer = await api.get(`/api/v1/closings/${latest}`);
  if (!answer.ok) return notice(whyNot(answer), "wrong");
  return show(`${say("z_report")} ${answer.told.number}`, rowsOf(answer.told));
}
