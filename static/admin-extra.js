// Names the boxes that select2 makes after the label of the field they stand for.
(() => {
  "use strict";
  const nameOf = (select) => {
    const label = document.querySelector(`label[for="${select.id}"]`) || select.closest("td, fieldset, div:has(label)")?.querySelector("label, legend");
    return select.getAttribute("aria-label") || (label ? label.textContent : select.name).trim().replace(/\s*\*$/, "");
  };
  const nameAll = () => document.querySelectorAll("select.select2-hidden-accessible").forEach((select) => {
    const box = select.nextElementSibling?.querySelector("[role=combobox]");
    if (!box || box.getAttribute("aria-label")) { return; }
    const name = nameOf(select);
    box.setAttribute("aria-label", name);
    box.querySelectorAll("[role=textbox], [role=searchbox]").forEach((inner) => inner.setAttribute("aria-label", name));
  });
  // The field to search in, which stands apart from its select while the choice is open.
  const nameSearch = () => document.querySelectorAll(".select2-dropdown [role=searchbox]:not([aria-label])").forEach((field) => {
    const select = document.getElementById((field.getAttribute("aria-controls") || "").replace(/^select2-(.+)-results$/, "$1"));
    if (select) { field.setAttribute("aria-label", nameOf(select)); }
  });
  // They come when they come: after the page, and with each line that is added to a form.
  new MutationObserver((changes) => {
    if (changes.some((one) => [...one.addedNodes].some((node) => node.classList?.contains("select2")))) { nameAll(); }
    if (changes.some((one) => [...one.addedNodes].some((node) => node.classList?.contains("select2-container")))) { nameSearch(); }
  }).observe(document, { childList: true, subtree: true });
})();
