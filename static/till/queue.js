// Tickets that the server may not have yet, in the order they were sold. A ticket is put here
// before it is sent and leaves once the server has it, or when a person drops it.

import { answer, transact } from "./database.js";

const inQueue = (mode, work) => transact(["queue"], mode, ({ queue }) => work(queue));

/** `state`: "sent" (an answer is awaited until `until`), "waiting", "refused" (a person decides). */
export const put = (entry) => inQueue("readwrite", (queue) => answer(queue.add(entry)));

export const all = () => inQueue("readonly", (queue) => answer(queue.getAll()));

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
