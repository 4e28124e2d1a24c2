// Somebody who may says yes at this till, for one ticket: name and password, which nobody keeps.

import * as api from "./api.js";
import { ask } from "./dialogs.js";
import { told, whyNot } from "./problems.js";
import { changed, state } from "./state.js";
import { say } from "./texts.js";

// An approval that is over, or of somebody who may not go so far, makes room for another.
const CODES = ["sales/beyond-limit", "sales/refund-way", "sales/approval-unusable"];

export const canApprove = (problem) => CODES.includes(problem.code) && api.isOnline();

/** True once there is a new approval in the basket. */
export async function approve(problem) {
  state.basket.approval = null;
  const values = await ask({
    title: say("approval"),
    text: told(problem),
    submit: say("approve"),
    fields: [
      { name: "username", label: say("username"), required: true },
      { name: "password", label: say("password"), type: "password", required: true },
      { name: "code", label: say("second_factor"), hint: say("may_be_empty") },
    ],
    check: async ({ username, password, code }) => {
      const body = { register: state.rules.id, username, password, ...(code && { code }) };
      const answer = await api.post("/api/v1/approvals", body);
      if (!answer.ok) return whyNot(answer);
      state.basket.approval = answer.told.approval;
      return null;
    },
  });
  await changed();
  return Boolean(values);
}
