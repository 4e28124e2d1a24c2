// Amounts are whole numbers of the currency's smallest unit, quantities whole thousandths, prices
// whole millionths (BigInt): a float would lose a cent sooner or later. Halves go away from zero,
// as the server rounds them.

const NUMBER = /^(-?)(\d{1,13})(?:[.,](\d{1,6}))?$/;
const THOUSANDTHS = 3;
const MILLIONTHS = 6;

/** over / under to the nearest whole number, the half away from zero; under is positive. */
export function halfUp(over, under) {
  const [a, b] = [BigInt(over), BigInt(under)];
  return a < 0n ? -((-2n * a + b) / (2n * b)) : (2n * a + b) / (2n * b);
}

function scaled(text, places) {
  const found = NUMBER.exec(String(text).trim());
  if (!found) return null;
  const [, sign, whole, part = ""] = found;
  const kept = part.replace(/0+$/, "");
  if (kept.length > places) return null;
  const digits = BigInt(whole + kept.padEnd(places, "0"));
  return sign ? -digits : digits;
}

/** What a person typed or the server told, "1,5" or "1.50", in units; null if it is no amount. */
export function units(text, places) {
  const found = scaled(text, places);
  return found === null ? null : Number(found);
}

export const thousandths = (text) => units(text, THOUSANDTHS);

/** A unit price as it is told, exactly. */
export const price = (text) => scaled(text, MILLIONTHS);

/** Units as the API reads them: 1234 at two places is "12.34". */
export function plain(amount, places) {
  const digits = String(Math.abs(amount)).padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places);
  const part = places ? `.${digits.slice(-places)}` : "";
  return `${amount < 0 ? "-" : ""}${whole}${part}`;
}

/** A quantity without zeros that say nothing: 1500 is "1.5". */
export function quantity(amount) {
  const text = plain(amount, THOUSANDTHS);
  return text.replace(/\.?0+$/, "");
}

/** What so many thousandths cost at a unit price, rounded once. */
export function worth(amount, unitPrice, places) {
  const under = 10n ** BigInt(THOUSANDTHS + MILLIONTHS - places);
  return Number(halfUp(BigInt(amount) * unitPrice, under));
}

/** A share of an amount; shares are ten-thousandths: 1000 is 10 %. */
export const shareOf = (amount, share) => Number(halfUp(BigInt(amount) * BigInt(share), 10000n));

/** The part of an amount that so much of a whole is. */
export const partOf = (amount, part, whole) => Number(halfUp(BigInt(amount) * BigInt(part), whole));

/** To the nearest coin there is; a step of 0 rounds nothing. */
export const toCoins = (amount, step) => (step ? Number(halfUp(amount, step)) * step : amount);

/** A total over lines in proportion to their weights, by largest remainder, the earlier first. */
export function shared(total, weights) {
  const whole = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
  if (whole === 0n) return weights.map(() => 0);
  const exact = weights.map((weight) => BigInt(total) * BigInt(weight));
  const parts = exact.map((share) => share / whole);
  let left = BigInt(total) - parts.reduce((sum, part) => sum + part, 0n);
  const rows = [...exact.keys()].sort((a, b) => {
    const difference = (exact[b] % whole) - (exact[a] % whole);
    return difference > 0n ? 1 : difference < 0n ? -1 : a - b;
  });
  for (const row of rows) {
    if (left <= 0n) break;
    parts[row] += 1n;
    left -= 1n;
  }
  return parts.map(Number);
}

/** A rate such as "0.09975" in percent: "9.975". */
export const percent = (rate) => plain(Number(price(rate)), 4).replace(/\.?0+$/, "");

/** For people: the formatter takes the digits as text, so nothing passes through a float. */
export function shown(amount, { currency, decimals, language }) {
  const form = new Intl.NumberFormat(language, {
    style: "currency", currency, minimumFractionDigits: decimals, maximumFractionDigits: decimals,
  });
  return form.format(plain(amount, decimals));
}
