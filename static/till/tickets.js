// Tickets by what stands on their receipts.

import * as api from "./api.js";
import { state } from "./state.js";
import { known } from "./texts.js";

export const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;
const REFERENCE = /^(?:(.+)-)?0*(\d{1,12})$/;

/** The ticket that a receipt's QR code or its number, as printed, is of; null: none is known. */
export async function found(text) {
  const uuid = UUID.exec(text)?.[0].toLowerCase();
  const [, code, number] = REFERENCE.exec(text.trim()) ?? [];
  if (!uuid && !number) return null;
  const register = known.registers.find((one) => one.store === state.rules.store
    && one.code.toLowerCase() === code?.toLowerCase()) ?? state.rules;
  const asked = uuid ? `uuid=${uuid}` : `number=${number}&register=${register.id}`;
  const answer = await api.get(`/api/v1/tickets?${asked}`);
  return (answer.ok && answer.told.results[0]) || null;
}
