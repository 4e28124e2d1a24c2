// The till: everything is put together here.

import * as api from "./api.js";
import * as aside from "./aside.js";
import * as attention from "./attention.js";
import * as catalogue from "./catalogue.js";
import * as changes from "./changes.js";
import { isOpen, tell } from "./dialogs.js";
import * as keys from "./keys.js";
import * as paying from "./paying.js";
import * as receipt from "./receipt.js";
import * as returns from "./returns.js";
import * as scanning from "./scanning.js";
import { draw, focusSearch, notice } from "./screen.js";
import { keepQuoted } from "./quoting.js";
import * as session from "./session.js";
import { changed, recall, rememberLast, state, watch } from "./state.js";
import * as sync from "./sync.js";
import * as tab from "./tab.js";
import { known, say } from "./texts.js";

const FRESH = 3 * 60_000;
const LOOKED = 60_000;
let lookedAt = 0;
let isTill = true;

const ACTS = {
  search: () => { scanning.clear(); focusSearch(); },
  cash: () => paying.pay("cash"),
  card: () => paying.pay("card"),
  other: paying.payOtherwise,
  park: aside.park,
  resume: aside.resume,
  edit: changes.editLine,
  line_discount: changes.discountLine,
  ticket_discount: changes.discountTicket,
  remove: changes.remove,
  empty: changes.emptyBasket,
  customer: changes.customer,
  gift_card: changes.giftCard,
  returns: () => returns.withReceipt(),
  unreceipted: returns.withoutReceipt,
  drawer: session.drawer,
  session: session.session,
  last: receipt.again,
  waiting: () => attention.list(catchUp),
  help: () => tell(say("help"), document.getElementById("help").content.cloneNode(true)).then(focusSearch),
};

/** What the lines' own buttons ask for. */
function act(what, row) {
  if (what === "select") return changes.select(row);
  if (what === "step") return changes.step(row);
  if (what === "more_of_it") return changes.count(row, 1000);
  if (what === "less_of_it") return changes.count(row, -1000);
  if (what === "remove") return changes.remove(row);
  state.tenders.splice(row, 1);
  return changed();
}

async function catchUp() {
  if (!isTill) return;
  await attention.count();
  if (state.waiting) {
    const outcome = await sync.catchUp(async (ticket) => {
      if (state.last?.ticket.uuid === ticket.uuid) await rememberLast({ ...state.last, answer: ticket });
    });
    state.signedOut = Boolean(outcome.signedOut);
    await attention.count();
  } else if (!api.isOnline() || Date.now() - lookedAt > LOOKED || state.session?.state === "closing") {
    lookedAt = Date.now();
    await session.look(); // Nothing waits: is the network back, the register still open?
  }
}

async function refreshCatalogue() {
  const fresh = await catalogue.refresh(state.rules.store);
  if (!catalogue.size()) notice(say(fresh ? "no_products" : "no_catalogue"), "wrong");
}

/** The till went on in another tab: this one shows that, and does nothing any more. */
async function moved() {
  isTill = false;
  await tab.elsewhere(say("moved_tab"));
  tab.comeBack();
}

async function register() {
  if (!("serviceWorker" in navigator)) return notice(say("not_secure"), "wrong");
  const before = navigator.serviceWorker.controller;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    // A newer till is there: it begins between two customers.
    if (before && !state.basket.lines.length && !isOpen()) location.reload();
  });
  await navigator.serviceWorker.register(known.worker, { scope: known.page });
  return navigator.storage?.persist?.();
}

function listen() {
  for (const button of document.querySelectorAll("button[data-act]")) {
    button.addEventListener("click", async () => {
      await state.selling;
      if (state.rules && !isOpen()) await ACTS[button.dataset.act]();
    });
  }
  keys.listen();
  scanning.listen({ receipt: returns.withReceipt, act });
  watch(() => draw(act));
  watch(keepQuoted);
  api.onChange((online) => {
    draw(act);
    if (online) catchUp();
  });
  // Whoever types without having clicked anywhere means the search box.
  document.addEventListener("keydown", (event) => {
    const free = document.activeElement === document.body || document.activeElement?.matches("#lines button");
    if (!isOpen() && free && event.key.length === 1 && !event.ctrlKey && event.key !== " ") focusSearch();
  });
}

async function start() {
  listen();
  register().catch(() => notice(say("not_secure"), "wrong"));
  await tab.claim(moved);
  await recall();
  draw(act);
  while (!state.rules && known.registers.length) await session.chooseRegister();
  if (!state.rules) return tell(say("which_register"), say("no_register"));
  await catalogue.load(state.rules.store);
  focusSearch();
  document.documentElement.dataset.ready = "yes";
  await session.look();
  refreshCatalogue().then(() => { document.documentElement.dataset.fresh = "yes"; });
  setInterval(refreshCatalogue, FRESH);
  if (state.session === null && api.isOnline() && !isOpen()) await session.open();
  return sync.keepOn(catchUp);
}

start();
