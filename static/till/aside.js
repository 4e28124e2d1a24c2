// Baskets put aside: kept by the server, so that any till of the store can go on with them.

import * as api from "./api.js";
import { empty } from "./basket.js";
import { ask, choose } from "./dialogs.js";
import { focusSearch, notice } from "./screen.js";
import { changed, startAnew, state } from "./state.js";
import { known, say } from "./texts.js";

const failed = (answer) =>
  notice(whyNot(answer), "wrong");

export async function park() {
  if (!state.basket.lines.length) return undefined;
  if (state.tenders.length) return notice(say("tenders_first"), "wrong");
  if (!api.isOnline()) return notice(say("needs_network"), "wrong");
  const done = await ask({
    title: say("park"),
    fields: [{ name: "label", label: say("label"), hint: say("may_be_empty") }],
    check: async ({ label }) => {
      const body = {
        register: state.rules.id, basket: { till: state.basket }, ...(label && { label }),
      };
      const answer = await api.post("/api/v1/parked", body);
      if (answer.ok) return null;
      return whyNot(answer);
    },
  });
  if (done) {
    await startAnew();
    notice(say("parked"));
  }
  return focusSearch();
}

export async function resume() {
  if (state.basket.lines.length) return notice(say("basket_first"), "wrong");
  const answer = await api.get(`/api/v1/parked?store=${encodeURIComponent(state.rules.store)}`);
  if (!answer.ok) return failed(answer);
  const time = new Intl.DateTimeFormat(known.language, { timeStyle: "short", dateStyle: "short" });
  const parked = await choose({
    title: say("resume"),
    text: answer.told.results.length ? "" : say("nothing_parked"),
    options: answer.told.results.map((one) => ({
      value: one,
      label: one.label || one.register_code,
      detail: [time.format(new Date(one.parked_at)), one.parked_by].filter(Boolean).join(" · "),
    })),
  });
  if (!parked) return focusSearch();
  const act = await choose({
    title: parked.label || parked.register_code,
    options: [{ value: takeUp, label: say("resume") }, { value: discard, label: say("discard") }],
  });
  await act?.(parked);
  return focusSearch();
}

async function takeUp({ id }) {
  const answer = await api.post(`/api/v1/parked/${id}/resume`, {});
  if (!answer.ok) return failed(answer);
  state.basket = { ...empty(), ...answer.told.basket.till, approval: null };
  state.selected = state.basket.lines.length - 1;
  return changed();
}

async function discard({ id }) {
  await ask({
    title: say("discard"),
    fields: [{ name: "reason", label: say("reason"), required: true }],
    check: async (body) => {
      const answer = await api.post(`/api/v1/parked/${id}/discard`, body);
      if (answer.ok) return null;
      return whyNot(answer);
    },
  });
}
