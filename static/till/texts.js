// What the server told the page: who sells where, and every text in the person's language.

export const known = JSON.parse(document.getElementById("till-known").textContent);

/** A text, with its {words} filled in. */
export function say(name, words = {}) {
  const text = known.texts[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (whole, word) => words[word] ?? whole);
}
