// Tickets that wait for the network, and those the server did not take: a person reads why. Those
// of colleagues are only counted: they wait for their own cashier.

import { choose } from "./dialogs.js";
import { told as reason } from "./problems.js";
import * as queue from "./queue.js";
import { focusSearch } from "./screen.js";
import { changed, state, takeUp, told } from "./state.js";
import { known, say } from "./texts.js";

/** Count what waits, for the head of the page. */
export async function count() {
  const entries = await queue.mine();
  state.refused = entries.filter((entry) => entry.state === "refused").length;
  state.waiting = entries.length - state.refused;
  state.others = await queue.ofOthers();
  return changed();
}

export const othersTold = () =>
  [...state.others].map(([name, tickets]) => say("of_others", { name, count: tickets })).join(" ");

function why({ problem, from }) {
  if (problem) return reason(problem, from.basket);
  return say(state.signedOut ? "sign_in_first" : "waits_for_network");
}

/** Returns after each choice; `sync` tries again. */
export async function list(sync) {
  await count();
  const entries = await queue.mine();
  const time = new Intl.DateTimeFormat(known.language, { timeStyle: "medium" });
  const entry = await choose({
    title: say("waiting_tickets"),
    text: othersTold() || (entries.length ? "" : say("nothing_waits")),
    options: entries.map((one) => ({
      value: one,
      label: `${time.format(new Date(one.sold_at))} · ${told(one.total)}`,
      detail: why(one),
    })),
  });
  if (entry) await decide(entry, sync);
  focusSearch();
}

async function decide(entry, sync) {
  const options = [{ value: "again", label: say("send_again"), detail: say("send_again_detail") }];
  if (entry.state === "refused") {
    if (!state.basket.lines.length) {
      options.push({ value: "back", label: say("to_basket"), detail: say("to_basket_detail") });
    }
    options.push({ value: "drop", label: say("drop"), detail: say("drop_detail") });
  }
  const choice = await choose({ title: told(entry.total), text: why(entry), options });
  if (choice === "again") {
    await queue.change(entry.uuid, { state: "waiting", until: 0, problem: null });
    await sync();
  } else if (choice === "back") {
    await queue.remove(entry.uuid);
    await takeUp({ basket: entry.from.basket, tenders: [] });
  } else if (choice === "drop") {
    const sure = await choose({
      title: say("drop_sure"), options: [{ value: true, label: say("drop") }],
    });
    if (sure) await queue.remove(entry.uuid);
  }
  await count();
}
