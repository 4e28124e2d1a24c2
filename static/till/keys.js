// Each button says its key; the page needs no other list of them.

import { isOpen } from "./dialogs.js";

const named = (event) => `${event.shiftKey && event.key !== "Shift" ? "Shift+" : ""}${event.key}`;

/** Press the button whose `data-key` this is, wherever the focus stands. */
export function listen() {
  const buttons = new Map(
    [...document.querySelectorAll("button[data-key]")].map((button) => [button.dataset.key, button]),
  );
  document.addEventListener("keydown", (event) => {
    const button = buttons.get(named(event));
    if (!button || event.ctrlKey || event.altKey || event.metaKey) return;
    // Delete and its kin belong to whoever types; F-keys belong to nobody else.
    if (isOpen() || (!/F\d/.test(event.key) && isTyping())) return;
    event.preventDefault();
    if (!event.repeat) button.click();
  });
}

const isTyping = () => {
  const { activeElement: at } = document;
  return at?.matches("input, textarea, select") && at.value !== "";
};
