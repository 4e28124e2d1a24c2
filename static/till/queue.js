// Tickets that the server may not have yet, in the order they were sold. A ticket is put here
// before it is sent and leaves once the server has it, or when a person drops it. Each is of the
// cashier who sold it: nobody else sends it, reads it or drops it.

import { answer, isTheTill, transact } from "./database.js";
import { known } from "./texts.js";

const inQueue = (mode, work) => transact(["queue"], mode, ({ queue }) => work(queue));
const isMine = (entry) => entry.cashier === known.cashier;

/** `state`: "sent" (an answer is awaited until `until`), "waiting", "refused" (a person decides).
 * The basket that became the ticket goes with the same stroke: a page that dies now sells it once.
 * False where another tab has become the till. */
export function put(entry, basket) {
  return transact(["queue", "settings"], "readwrite", async ({ queue, settings }) => {
    if (!(await isTheTill(settings))) return false;
    settings.delete(basket);
    await answer(queue.add(entry));
    return true;
  });
}

const all = () => inQueue("readonly", (queue) => answer(queue.getAll()));

export const mine = async () => (await all()).filter(isMine);

/** How many tickets wait for each of the others to sign in, by user name. */
export async function ofOthers() {
  const counts = new Map();
  for (const { cashier } of (await all()).filter((entry) => !isMine(entry))) {
    counts.set(cashier, (counts.get(cashier) ?? 0) + 1);
  }
  return counts;
}

export function change(uuid, changes) {
  return inQueue("readwrite", async (queue) => {
    const found = await answer(queue.index("uuid").get(uuid));
    if (found) queue.put({ ...found, ...changes });
  });
}

export function remove(uuid) {
  return inQueue("readwrite", async (queue) => {
    const seq = await answer(queue.index("uuid").getKey(uuid));
    if (seq !== undefined) queue.delete(seq);
  });
}
