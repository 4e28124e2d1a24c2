// Selling and catching up. A ticket is in the queue before anybody sends it; the very same text is
// sent again until the server has answered for it, and its uuid makes that one ticket.

import * as api from "./api.js";
import * as queue from "./queue.js";

const AT_ONCE = 50;
const AWAITED = 10_000;
const EVERY = 15_000;

/** Keep a ticket, then try to send it: {ticket} new or known, {problem} refused, {later: true};
 * {moved: true} where another tab is the till, {unkept: true} where the browser is full. `from`: the basket, its tenders, and their key. */
export async function sell(ticket, { key, ...from }) {
  const { uuid } = ticket;
  const body = JSON.stringify(ticket);
  const direct = api.isOnline();
  const entry = {
    uuid, body, cashier: ticket.cashier, sold_at: ticket.sold_at, total: ticket.total, from,
    state: direct ? "sent" : "waiting", until: direct ? Date.now() + AWAITED : 0, problem: null,
  };
  const kept = await queue.put(entry, key).catch(() => null);
  if (kept === null) return { unkept: true };
  if (!kept) return { moved: true };
  if (!direct) return { later: true };
  const answer = await api.post("/api/v1/sales", body, { key: uuid });
  if (answer.ok) {
    await queue.remove(uuid);
    return { ticket: answer.told };
  }
  if (answer.refused) {
    await queue.change(uuid, { state: "refused", problem: answer.problem, until: 0 });
    return { problem: answer.problem };
  }
  await queue.change(uuid, { state: "waiting", until: 0 });
  return { later: true, signedOut: answer.signedOut };
}

/** Send what waits, in order; one tab at a time. `taken(ticket)` is called for each that is in. */
export function catchUp(taken) {
  return navigator.locks.request("epm-till-sync", { ifAvailable: true }, async (lock) => {
    if (!lock) return { done: false };
    for (;;) {
      const entries = (await queue.mine()).filter(
        (entry) => entry.state !== "refused" && entry.until < Date.now(),
      );
      if (!entries.length) return { done: true };
      const some = entries.slice(0, AT_ONCE);
      const outcome = await send(some, taken);
      if (outcome) return outcome;
    }
  });
}

/** null when each of them has its outcome. */
async function send(entries, taken) {
  // Texts are joined, not read and written again: what is sent is what was kept.
  const tickets = entries.map((entry) => entry.body).join(",");
  const body = `{"clock":${JSON.stringify(new Date().toISOString())},"tickets":[${tickets}]}`;
  const answer = await api.post("/api/v1/sales/batch", body, { patience: 30_000 });
  if (!answer.ok) return { done: false, ...answer };
  let later = false;
  for (const { uuid, status, ticket, problem } of answer.told.results) {
    if (ticket) {
      await queue.remove(uuid);
      await taken(ticket);
    } else if (status === 429 || status >= 500) {
      later = true;
    } else if (api.isOfAnother(problem)) {
      return { done: false, signedOut: true };
    } else {
      await queue.change(uuid, { state: "refused", problem: { status, ...problem } });
    }
  }
  return later ? { done: false } : null;
}

/** Whenever there may be a network: now, when the browser says so, and every few seconds. */
export function keepOn(work) {
  addEventListener("online", work);
  setInterval(work, EVERY);
  return work();
}
