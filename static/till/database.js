// The till's own memory, which a reload, a closed lid and a lost network leave alone.

const NAME = "epm-till";
const FORM = 1;
let opened = null;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, FORM);
    asked.onupgradeneeded = () => {
      const made = asked.result;
      made.createObjectStore("products", { keyPath: "id" });
      made.createObjectStore("settings");
      const queue = made.createObjectStore("queue", { keyPath: "seq", autoIncrement: true });
      queue.createIndex("uuid", "uuid", { unique: true });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

export function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** One transaction: `work` gets the stores; what it returns comes once all is on disk. */
export async function transact(names, mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    // A ticket that was handed over must outlive a power cut: strict waits for the disk.
    const transaction = database.transaction(names, mode, { durability: "strict" });
    const stores = Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)]));
    let result;
    transaction.oncomplete = () => resolve(result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
    Promise.resolve(work(stores)).then((told) => { result = told; }, (error) => {
      reject(error);
      transaction.abort();
    });
  });
}

export const setting = (name) =>
  transact(["settings"], "readonly", ({ settings }) => answer(settings.get(name)));

export const keep = (name, value) =>
  transact(["settings"], "readwrite", ({ settings }) => { settings.put(value, name); });

/** This page's name among the browser's tabs: what is the till's is written by one of them. */
const TAB = crypto.randomUUID();

export const beTheTill = () => keep("tab", TAB);

/** Whether this tab still is the till, asked in the very transaction that depends on it. */
export const isTheTill = async (settings) => (await answer(settings.get("tab"))) === TAB;
