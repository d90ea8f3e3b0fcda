// @ts-check
/** Tells a screen reader what others see: who came, went, knocks, raised a hand, speaks, lost the line. */

import { t } from "parvis/core/i18n.js";

/** @typedef {import("./room_call.js").RoomCall} RoomCall */
/** @typedef {import("./room_call.js").EntryEvent} EntryEvent */
/** @typedef {import("./room_state.js").Seat} Seat */
/** @typedef {import("./watching.js").Watching} Watching */
/** @typedef {import("./watching.js").PinnedEvent} PinnedEvent */

/** A speaker is told once they have been the dominant one for this long, pauses between words included. */
const SETTLED_MS = 1500;

export class Announcer {
  /** @type {string | null} */
  #told = null;
  /** @type {string | null} */
  #heard = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #settling;
  /** @type {Set<string>} */
  #lost = new Set();

  /**
   * @param {HTMLElement} region a live region
   * @param {RoomCall} call
   * @param {Watching} watching
   */
  constructor(region, call, watching) {
    this.region = region;
    this.call = call;
    call.addEventListener("entry", (event) => this.#entry(/** @type {EntryEvent} */ (event).news));
    call.addEventListener("changed", () => this.#changed());
    watching.addEventListener("pinned", (event) => {
      const { name, isPinned } = /** @type {PinnedEvent} */ (event);
      this.#say(t(isPinned ? "pinned" : "unpinned", { name }));
    });
  }

  /** @param {string} sentence */
  #say(sentence) {
    const line = document.createElement("p");
    line.textContent = sentence;
    this.region.append(line);
    while (this.region.children.length > 5) this.region.firstElementChild?.remove();
  }

  /** @param {import("./room_call.js").EntryEvent["news"]} news */
  #entry({ seat }) {
    if (!seat || seat.now.id === this.call.state?.own.id) return;
    const key = this.#keyOf(seat.before, seat.now);
    if (key) this.#say(t(key, { name: seat.now.name }));
  }

  /** @param {Seat | undefined} before @param {Seat} now */
  #keyOf(before, now) {
    if (now.state !== before?.state) {
      return {
        admitted: "entered",
        left: before && "left",
        removed: "left",
        waiting: "knocks",
        withdrawn: "",
        refused: "",
      }[now.state];
    }
    return now.hand_raised_at && !before.hand_raised_at ? "hand" : "";
  }

  #changed() {
    const state = this.call.state;
    if (!state) return;
    for (const seat of state.people) {
      const isLost = state.line(seat.id) === "lost";
      if (isLost && !this.#lost.has(seat.id)) this.#say(t("lost", { name: seat.name }));
      if (isLost) this.#lost.add(seat.id);
      else this.#lost.delete(seat.id);
    }
    if (state.dominant === this.#heard) return;
    this.#heard = state.dominant;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#tellSpeaker(), SETTLED_MS);
  }

  #tellSpeaker() {
    const state = this.call.state;
    if (!state || this.#heard === this.#told) return;
    this.#told = this.#heard;
    const name = state.seat(this.#told ?? "")?.name;
    if (name && this.#told !== state.own.id) this.#say(t("speaking", { name }));
  }
}
