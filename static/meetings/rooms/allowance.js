// @ts-check
/**
 * What this person may publish, by the host's word or by the floor's: what is forbidden goes off here too, and who may
 * speak again is told so. Nobody's microphone is switched on but by themselves.
 */

import { t } from "parvis/core/i18n.js";
import { toast } from "parvis/core/toast.js";

/** @typedef {import("./room_call.js").RoomCall} RoomCall */
/** @typedef {keyof import("./room_state.js").Sources} Source */

const SOURCES = /** @type {const} */ (["microphone", "camera", "screen"]);

export class Allowance {
  #call;
  /** Whether the microphone was allowed when it was last looked at; null before. @type {boolean | null} */
  #couldSpeak = null;
  /** Takes away what was said last: one of two contrary sentences is true. */
  #unsay = () => {};

  /** @param {RoomCall} call */
  constructor(call) {
    this.#call = call;
  }

  get #may() {
    const { state } = this.#call;
    return state?.seat(state.own.id)?.may;
  }

  /** Follow what is allowed now; what is not the worker has dropped already. */
  obey() {
    const { local } = this.#call;
    const may = this.#may;
    if (!may) return;
    for (const source of SOURCES) {
      if (local.isOn(source) && !this.allows(source)) local.set(source, false);
    }
    if (may.microphone && this.#couldSpeak === false && !local.isOn("microphone")) {
      this.#say(this.#call.state?.isFreed ? "all-may-speak" : "may-speak");
    }
    this.#couldSpeak = may.microphone;
  }

  /** Whether this may be switched on; says why not. @param {Source} source */
  allows(source) {
    const may = this.#may;
    if (!may || may[source]) return true;
    this.#say(`${source === "microphone" ? "muted" : source}-by-host`);
    return false;
  }

  /** @param {string} words */
  #say(words) {
    this.#unsay();
    this.#unsay = toast(t(words));
  }
}
