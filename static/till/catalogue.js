// Every product of the store, in memory for the next scan and in the database for the next start.
// The feed tells what changed since its cursor; a feed that breaks off changes nothing.

import * as api from "./api.js";
import { answer, setting, transact } from "./database.js";

const MOST_FOUND = 12;
const products = new Map();
const byCode = new Map();
const bySku = new Map();

/** One code whatever zeros stand before it: a UPC-A is an EAN-13 with one more. */
const same = (code) => (/^\d+$/.test(code) ? code.replace(/^0+(?=\d)/, "") : code.toLowerCase());

const plainly = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function learn(product) {
  const before = products.get(product.id);
  if (before) forget(before);
  products.set(product.id, product);
  product.words ??= plainly(`${product.name} ${product.sku}`);
  bySku.set(same(product.sku), product.id);
  for (const { code, quantity } of product.barcodes) {
    byCode.set(same(code), { id: product.id, quantity });
  }
}

function forget(product) {
  bySku.delete(same(product.sku));
  for (const { code } of product.barcodes) byCode.delete(same(code));
}

function forgetAll() {
  for (const known of [products, byCode, bySku]) known.clear();
}

/** Read what is kept of a store; what is of another store is not sold here. */
export async function load(store) {
  forgetAll();
  const kept = await setting("feed");
  if (kept?.store !== store) return 0;
  const rows = await transact(["products"], "readonly", (stores) => answer(stores.products.getAll()));
  for (const row of rows) learn(row);
  return products.size;
}

/** Ask the feed for what changed. True once all of it has been kept. */
export async function refresh(store) {
  const kept = await setting("feed");
  const since = kept?.store === store ? `&since=${encodeURIComponent(kept.cursor)}` : "";
  const response = await api.stream(`/api/v1/stock/feed?store=${encodeURIComponent(store)}${since}`);
  if (!response) return false;
  const lines = await linesOf(response);
  const end = lines.at(-1);
  if (end?.type !== "end") return false;
  const full = lines[0].full || kept?.store !== store;
  const changed = merged(lines, full);
  await transact(["products", "settings"], "readwrite", (stores) => {
    if (full) stores.products.clear();
    for (const product of changed.values()) stores.products.put(product);
    stores.settings.put({ store, cursor: end.cursor }, "feed");
  });
  if (full) forgetAll();
  for (const product of changed.values()) learn(product);
  return true;
}

async function linesOf(response) {
  try {
    const text = await response.text();
    return text.trim().split("\n").map((line) => JSON.parse(line));
  } catch {
    return []; // Broken off: the old cursor asks again.
  }
}

function merged(lines, full) {
  const changed = new Map();
  const before = (id) => changed.get(id) ?? (full ? undefined : products.get(id));
  for (const { type, ...line } of lines) {
    if (type === "product") {
      changed.set(line.id, { ...line, available: before(line.id)?.available ?? null, words: undefined });
    } else if (type === "level") {
      const known = before(line.product);
      if (known) changed.set(known.id, { ...known, available: line.available });
    }
  }
  for (const product of changed.values()) {
    product.words = plainly(`${product.name} ${product.sku}`);
  }
  return changed;
}

/** What a scan means: the product and how many of it (as text); null: not in this catalogue. */
export function scanned(text) {
  const code = byCode.get(same(text));
  if (code) return { product: products.get(code.id), quantity: code.quantity };
  const id = bySku.get(same(text));
  return id === undefined ? null : { product: products.get(id), quantity: "1" };
}

/** Products that have every word: those whose name begins with the first one first, of these what is there first. */
export function search(text) {
  const words = plainly(text).split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const found = [[], [], [], []];
  for (const product of products.values()) {
    if (!product.is_active || !words.every((word) => product.words.includes(word))) continue;
    const rank = (product.words.startsWith(words[0]) ? 0 : 2) + (Number(product.available) > 0 ? 0 : 1);
    found[rank].push(product);
    if (found[0].length >= MOST_FOUND) break;
  }
  return found.flat().slice(0, MOST_FOUND);
}

export const anything = () => [...products.values()].find((one) => one.is_active && one.price !== null);
export const ofId = (id) => products.get(id);
export const size = () => products.size;
