// Questions to the cashier: a form, a choice by number, a word. Enter answers, Escape goes back;
// afterwards whoever asked puts the focus where it belongs.

import { say } from "./texts.js";

/** An element: `make("p", {className: "x"}, "text", child)`. */
export function make(tag, properties = {}, ...children) {
  const { dataset = {}, aria = {}, ...plain } = properties;
  const element = Object.assign(document.createElement(tag), plain);
  Object.assign(element.dataset, dataset);
  for (const [name, value] of Object.entries(aria)) element.setAttribute(`aria-${name}`, value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

let number = 0;

function field(told) {
  const id = `field-${++number}`;
  const hint = told.hint ? make("small", { id: `${id}-hint` }, told.hint) : null;
  let input;
  if (told.options) {
    const options = told.options.map(({ value, label }) => make("option", { value }, label));
    input = make("select", { id, name: told.name }, ...options);
    if (told.value !== undefined) input.value = told.value;
  } else {
    const type = told.type === "password" || told.type === "email" ? told.type : "text";
    input = make("input", { id, name: told.name, type, value: told.value ?? "", autocomplete: "off" });
    if (told.type === "number") input.inputMode = "decimal";
  }
  input.required = Boolean(told.required);
  if (hint) input.setAttribute("aria-describedby", hint.id);
  return make("div", { className: "field" }, make("label", { htmlFor: id }, told.label), input, hint);
}

const placed = (row) =>
  Array.isArray(row) ? make("div", { className: "pair" }, ...row.map(field)) : field(row);

function show(title, build) {
  return new Promise((resolve) => {
    const head = `dialog-${++number}`;
    const dialog = make("dialog", { className: "asked", aria: { labelledby: head } });
    let answer = null;
    const end = () => {
      if (!dialog.isConnected) return;
      dialog.remove();
      refocus();
      resolve(answer);
    };
    // At once, before the next key: the browser tells of a closed dialog only later.
    const close = (told) => { answer = told; dialog.close(); end(); };
    dialog.append(make("h2", { id: head }, title), ...build(close, dialog));
    dialog.addEventListener("close", end);
    document.body.append(dialog);
    dialog.showModal();
    dialog.scrollTop = 0; // What stands first is read first, wherever the first button is.
    const first = dialog.querySelector("input, select");
    if (first) {
      first.focus();
      first.select?.();
    }
  });
}

/** Chromium gives the focus back while the page is still inert: the next letters would be lost. */
function refocus() {
  const at = document.activeElement;
  at?.blur();
  at?.focus();
}

const quiet = (close) =>
  make("button", { type: "button", className: "quiet", onclick: () => close(null) },
    say("back"), make("kbd", {}, "Esc"));

/** The fields' values, or null. `check(values)` may say (or promise) what is wrong with them.
 * `fields`: one below the other, or lists of those that belong side by side. */
export function ask({ title, text, fields: rows, submit = say("ok"), check = () => null }) {
  const fields = rows.flat();
  return show(title, (close) => {
    const wrong = make("p", { className: "wrong", role: "alert" });
    const go = make("button", { className: "go" }, submit, make("kbd", {}, "↵"));
    const form = make("form", { noValidate: true }, ...rows.map(placed), wrong,
      make("div", { className: "buttons" }, go, quiet(close)));
    // Enter on a list would open it: here it answers, as everywhere; the arrows choose.
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.matches("select")) return;
      event.preventDefault();
      form.requestSubmit();
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const values = Object.fromEntries(
        [...new FormData(form)].map(([name, value]) => [name, value.trim()]),
      );
      const missing = fields.find((one) => one.required && !values[one.name]);
      go.disabled = true;
      wrong.textContent = missing
        ? say("missing", { field: missing.label }) : (await check(values)) ?? "";
      go.disabled = false;
      if (!wrong.textContent) close(values);
      else form.elements[missing?.name ?? fields[0]?.name]?.focus();
    });
    return [paragraph(text), form];
  });
}

const paragraph = (text) =>
  typeof text === "string" ? make("p", { className: "text" }, text) : text ?? "";

/** The value of one of `options` ({value, label, detail}), each with a number for its key.
 * `must`: there is no way around an answer. */
export function choose({ title, text, options, must = false }) {
  return show(title, (close, dialog) => {
    if (must) dialog.addEventListener("cancel", (event) => event.preventDefault());
    const buttons = options.map(({ value, label, detail }, row) =>
      make("button", { type: "button", onclick: () => close(value) },
        make("span", {}, label, detail ? make("small", {}, detail) : null),
        row < 9 ? make("kbd", {}, String(row + 1)) : null));
    dialog.addEventListener("keydown", (event) => {
      const row = Number(event.key) - 1;
      const at = buttons.indexOf(document.activeElement);
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (buttons[row]) buttons[row].click();
      else if (by) buttons.at((at + by + buttons.length) % buttons.length).focus();
      else return;
      event.preventDefault();
    });
    return [
      paragraph(text),
      make("div", { className: "choices" }, ...buttons),
      must ? "" : make("div", { className: "buttons" }, quiet(close)),
    ];
  });
}

export function tell(title, ...content) {
  return show(title, (close) => [
    ...content.map(paragraph),
    make("div", { className: "buttons" },
      make("button", { className: "go", type: "button", onclick: () => close(true) },
        say("ok"), make("kbd", {}, "↵"))),
  ]);
}

export const isOpen = () => Boolean(document.querySelector("dialog[open]"));
