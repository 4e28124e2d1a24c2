// One tab is the till. Two would show one basket twice, and sell it twice.

import { beTheTill } from "./database.js";
import { choose } from "./dialogs.js";
import { say } from "./texts.js";

const NAME = "epm-till-tab";
const PATIENCE = 1000; // A reload lets go of the lock a little after it has begun.
const forGood = () => new Promise(() => {});

/** Waits until this tab is the till. `moved` is called once another one has become it. */
export async function claim(moved) {
  const wanted = sessionStorage.getItem(NAME);
  sessionStorage.removeItem(NAME);
  if (wanted || !(await hold({ signal: AbortSignal.timeout(PATIENCE) }, moved))) {
    if (!wanted) await elsewhere(say("other_tab"));
    await hold({ steal: true }, moved);
  }
  await beTheTill();
}

/** Begin anew as the till, with what the other tab has left. */
export function comeBack() {
  sessionStorage.setItem(NAME, "wanted");
  location.reload();
}

/** Until a person wants the till here. */
export async function elsewhere(text) {
  const option = { value: true, label: say("use_here"), detail: say("use_here_detail") };
  while (!(await choose({ title: say("till"), text, options: [option], must: true })));
}

/** True once the lock is held, false where somebody else has it. */
function hold(options, moved) {
  return new Promise((resolve) => {
    let held = false;
    navigator.locks.request(NAME, options, () => {
      held = true;
      resolve(true);
      return forGood();
    }).catch(() => {
      if (held) moved();
      else resolve(false);
    });
  });
}
