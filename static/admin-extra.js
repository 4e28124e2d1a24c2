// Names the boxes that select2 makes after the label of the field they stand for.
(() => {
  "use strict";
  const nameAll = () => document.querySelectorAll("select.select2-hidden-accessible").forEach((select) => {
    const box = select.nextElementSibling?.querySelector("[role=combobox]");
    if (!box || box.getAttribute("aria-label")) { return; }
    const label = document.querySelector(`label[for="${select.id}"]`) || select.closest("td, fieldset, div:has(label)")?.querySelector("label, legend");
    const name = (label ? label.textContent : select.name).trim().replace(/\s*\*$/, "");
    box.setAttribute("aria-label", name);
    box.querySelectorAll("[role=textbox]").forEach((inner) => inner.setAttribute("aria-label", name));
  });
  // They come when they come: after the page, and with each line that is added to a form.
  new MutationObserver((changes) => {
    if (changes.some((one) => [...one.addedNodes].some((node) => node.classList?.contains("select2")))) { nameAll(); }
  }).observe(document, { childList: true, subtree: true });
})();
