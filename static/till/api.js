// The server's API, by the session of whoever is signed in. An answer is one of three: it is done
// (`ok`), it is refused (a problem document), or nobody knows (`lost`: no network, too late, or the
// server itself failed). Only a refusal may change what a till believes.

import { known } from "./texts.js";

const PATIENCE = 5000;
const STREAMED = 60_000;
const PASSING = ["idempotency-in-progress", "rate-limited"];
const listeners = new Set();
let online = navigator.onLine;

export const isOnline = () => online;
export const onChange = (listener) => listeners.add(listener);

function noteOnline(now) {
  if (now === online) return;
  online = now;
  for (const listener of listeners) listener(online);
}

addEventListener("offline", () => noteOnline(false));

function token() {
  const head = `${known.csrf_cookie}=`;
  const found = document.cookie.split("; ").find((cookie) => cookie.startsWith(head));
  return found ? found.slice(head.length) : "";
}

async function ask(path, { method, body, key, patience = PATIENCE }) {
  const headers = { Accept: "application/json", "Accept-Language": known.language };
  if (method === "POST") {
    Object.assign(headers, { "Content-Type": "application/json", "X-CSRFToken": token() });
    if (key) headers["Idempotency-Key"] = key;
  }
  const signal = AbortSignal.timeout(patience);
  let response, told;
  try {
    response = await fetch(path, { method, headers, body, signal, redirect: "error" });
    told = await response.json();
  } catch {
    noteOnline(false);
    return { lost: true, status: response?.status ?? 0 };
  }
  noteOnline(true);
  const { status } = response;
  if (response.ok) return { ok: true, status, told };
  const problem = { status, ...told };
  // Nobody refused anything: it is worth another try.
  if (status >= 500 || status === 429 || PASSING.includes(problem.code)) return { lost: true, status };
  if (problem.code === "not-authenticated" || isOfAnother(problem)) {
    return { lost: true, status, signedOut: true };
  }
  return { refused: true, status, problem };
}

export const get = (path) => ask(path, { method: "GET" });

/** `body`: what to send, or the text of it where it must be the very same again. */
export function post(path, body, { key = newKey(), patience } = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return ask(path, { method: "POST", body: text, key, patience });
}

/** A stream is read to its end by the caller; null where it does not come. */
export async function stream(path) {
  try {
    const signal = AbortSignal.timeout(STREAMED);
    const response = await fetch(path, { redirect: "error", signal });
    if (response.ok) noteOnline(true);
    return response.ok ? response : null;
  } catch {
    noteOnline(false);
    return null;
  }
}

/** Somebody else has signed in meanwhile: whose ticket it is, is signed out. */
export const isOfAnother = (problem) =>
  (problem?.errors ?? []).some(({ pointer }) => pointer === "/cashier");

/** A random uuid, version 4. */
export function newKey() {
  return crypto.randomUUID();
}
