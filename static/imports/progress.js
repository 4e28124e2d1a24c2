"use strict";
// Asks once a second how far the run is; the page is loaded anew when it has come to an end.
(() => {
    const box = document.querySelector("[data-progress]");
    if (!box || box.dataset.moving !== "true") return;
    const bar = box.querySelector("progress");
    const sentence = box.querySelector("[data-sentence]");
    const ask = async () => {
        try {
            const answer = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } });
            if (answer.ok) {
                const told = await answer.json();
                if (!told.moving || told.state !== box.dataset.state && told.state !== "parsing" && told.state !== "applying") {
                    window.location.reload();
                    return;
                }
                sentence.textContent = told.sentence;
                if (told.percent === null) bar.removeAttribute("value");
                else bar.value = told.percent;
            }
        } catch { /* asked again in a second */ }
        window.setTimeout(ask, 1000);
    };
    window.setTimeout(ask, 1000);
})();
