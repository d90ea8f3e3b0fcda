/**
 * One voice in a public ballot: three choices, and whether the vote is on disk. Until the portal has answered with a
 * receipt it is "not recorded yet", and is sent again with the same id, so it counts once whatever the line does.
 */

import { insist } from "parvis/core/http.js";

/**
 * Votes on their way, by ballot and voice: the panel may be drawn anew meanwhile.
 * @type {Map<string, {choice: string}>}
 */
const underWay = new Map();

/** `<ballot-voice>` around a form `[data-vote]` and a line `[data-state]`, which works without it. */
export class BallotVoice extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", (event) => this.#submit(event));
    const waiting = underWay.get(this.#key);
    if (waiting) this.#showPending(waiting.choice);
  }

  get #key() {
    const form = this.#form;
    const field = (/** @type {string} */ name) => form?.querySelector(`input[name="${name}"]`)?.getAttribute("value");
    return `${field("ballot")} ${field("voice")}`;
  }

  /** @returns {HTMLFormElement | null} */
  get #form() {
    return this.querySelector("form[data-vote]");
  }

  /** @returns {HTMLButtonElement[]} */
  get #buttons() {
    return [...this.querySelectorAll("button")];
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    const form = this.#form;
    const key = this.#key;
    if (!form || event.target !== form || !(event.submitter instanceof HTMLButtonElement)) return;
    event.preventDefault();
    if (underWay.has(key)) return;
    const choice = event.submitter.value;
    const data = new FormData(form, event.submitter);
    data.set("command_id", crypto.randomUUID());
    underWay.set(key, { choice });
    this.#showPending(choice);
    try {
      const answer = /** @type {{receipt: string}} */ (await insist(form.action, data));
      underWay.delete(key);
      shown(key, this)?.showRecorded(choice, answer.receipt);
    } catch (error) {
      underWay.delete(key);
      shown(key, this)?.showRefused(error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {string} choice */
  #showPending(choice) {
    for (const button of this.#buttons) {
      button.setAttribute("aria-disabled", "true");
      button.toggleAttribute("data-chosen", button.value === choice);
    }
    this.#say(this.#state?.dataset.pending ?? "", "pending");
  }

  /**
   * @param {string} choice
   * @param {string} receipt
   */
  showRecorded(choice, receipt) {
    let words = choice;
    for (const button of this.#buttons) {
      const isChosen = button.value === choice;
      button.setAttribute("aria-pressed", String(isChosen));
      if (isChosen) words = button.textContent?.trim() ?? choice;
    }
    this.#settle();
    this.#say((this.#state?.dataset.recorded ?? "").replace("{choice}", words), "recorded");
    const place = document.createElement("span");
    place.className = "voice__receipt";
    place.textContent = receipt;
    this.#state?.append(" ", place);
    const ballot = this.closest(".ballot");
    ballot?.querySelector(".ballot__alarm")?.remove();
    const isAnyOpen = ballot?.querySelector("ballot-voice:not(:has(.voice__receipt))");
    if (!isAnyOpen) ballot?.querySelector("vote-reminder")?.remove();
  }

  /** @param {string} words */
  showRefused(words) {
    this.#settle();
    this.#say(words, "refused");
  }

  #settle() {
    for (const button of this.#buttons) {
      button.removeAttribute("aria-disabled");
      button.removeAttribute("data-chosen");
    }
  }

  /** @returns {HTMLElement | null} */
  get #state() {
    return this.querySelector("[data-state]");
  }

  /**
   * @param {string} words
   * @param {string} how
   */
  #say(words, how) {
    const state = this.#state;
    if (!state) return;
    state.textContent = words;
    state.dataset.state = how;
  }

  /** @param {string} key */
  isOf(key) {
    return this.#key === key;
  }
}

/**
 * The element that shows a voice now: the one that was pressed may have been drawn anew since.
 * @param {string} key
 * @param {BallotVoice} pressed
 * @returns {BallotVoice | undefined}
 */
function shown(key, pressed) {
  if (pressed.isConnected) return pressed;
  const all = /** @type {BallotVoice[]} */ ([...document.querySelectorAll("ballot-voice")]);
  return all.find((each) => each.isOf(key));
}
