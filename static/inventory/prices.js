"use strict";
// Enter and the arrows go up and down the column of prices typed by hand; what is typed after a
// preview must be looked at before it is applied.
(() => {
    const form = document.querySelector("[data-prices]");
    if (!form) return;
    const cells = [...form.querySelectorAll(".prices-table input")];
    const steps = { Enter: 1, ArrowDown: 1, ArrowUp: -1 };
    cells.forEach((cell, place) => cell.addEventListener("keydown", (event) => {
        if (!(event.key in steps) || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        const next = cells[place + steps[event.key]];
        if (next) { next.focus(); next.select(); }
        else if (event.key === "Enter") form.querySelector("[name=preview]").focus();
    }));
    const apply = form.querySelector("[name=apply]");
    const preview = form.querySelector("[name=preview]");
    form.addEventListener("input", () => {
        if (!apply || apply.disabled) return;
        apply.disabled = true;
        apply.classList.remove("prices-first");
        preview.classList.add("prices-first");
    });
})();
