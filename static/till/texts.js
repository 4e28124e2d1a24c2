// What the server told the page: who sells where, and every text in the person's language.

export const known = JSON.parse(document.getElementById("till-known").textContent);

/** A text, with its {words} filled in. */
export function say(name, words = {}) {
  const text = known.texts[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (whole, word) => words[word] ?? whole);
}

/** A name and what belongs to it, with the language's colon. */
export const named = (name, value) => say("named", { name, value });

/** A day ("2026-11-28") as people write it. */
export const dayOf = (text) =>
  new Intl.DateTimeFormat(known.language, { dateStyle: "long", timeZone: "UTC" }).format(new Date(text));
