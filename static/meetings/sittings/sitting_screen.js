/**
 * A screen of a sitting under way: its panels come with the page, and again with each push. What somebody is typing,
 * has chosen or has opened stays when the panel around it is drawn anew.
 */

import { insist } from "parvis/core/http.js";
import { live } from "parvis/core/live.js";
import { formOf, kept, unfoldWide } from "parvis/meetings/sittings/kept_state.js";
import { clearRefusal, sayRefusal, showRefusal, wordsOf } from "parvis/meetings/sittings/refusal.js";

/** @typedef {{body: {screens?: Record<string, Record<string, string>>}}} Told what has changed of the person's screens */

/** `<sitting-screen data-stream="sitting:…" data-head="7" data-screen="clerk">` around what the server rendered. */
export class SittingScreen extends HTMLElement {
  /** What each panel was drawn from, as it was pushed. @type {Map<string, Node>} */
  #drawn = new Map();
  /** The page's own: what is pushed to many has none. */
  #token = "";
  /** The last act, if it was refused: which form it was, and why. @type {{key: string, error: unknown} | null} */
  #refused = null;

  connectedCallback() {
    unfoldWide(this);
    const own = this.querySelector('input[name="csrf_token"]');
    if (own instanceof HTMLInputElement) this.#token = own.value;
    const { stream, head } = this.dataset;
    if (stream) {
      live.follow(
        stream,
        Number(head),
        (/** @type {Told[]} */ told) => this.#show(told),
        () => location.reload(),
      );
    }
    this.addEventListener("submit", (event) => this.#submit(event));
  }

  /** @param {Told[]} told */
  #show(told) {
    const own = this.dataset.screen ?? "";
    const panels = told
      .map((each) => each.body.screens?.[own])
      .filter(Boolean)
      .at(-1);
    if (!panels) return;
    for (const [name, html] of Object.entries(panels)) this.#draw(name, html);
    for (const panel of this.querySelectorAll("[data-panel]")) {
      const { panel: name } = /** @type {HTMLElement} */ (panel).dataset;
      if (name !== undefined && !(name in panels)) panel.replaceChildren();
    }
  }

  /**
   * @param {string} name
   * @param {string} html
   */
  #draw(name, html) {
    const panel = this.querySelector(`[data-panel="${CSS.escape(name)}"]`);
    if (!(panel instanceof HTMLElement)) {
      location.reload();
      return;
    }
    const fresh = new DOMParser().parseFromString(html, "text/html").body;
    if (this.#drawn.get(name)?.isEqualNode(fresh)) return;
    this.#drawn.set(name, fresh.cloneNode(true));
    for (const input of fresh.querySelectorAll('input[name="csrf_token"]')) {
      /** @type {HTMLInputElement} */ (input).value = this.#token;
    }
    unfoldWide(fresh);
    const restore = kept(panel);
    panel.replaceChildren(...fresh.childNodes);
    restore();
    if (this.#refused) this.#sayRefusal(this.#refused);
    this.#say(panel);
  }

  /** Words for who does not see the page, when they have changed. @param {HTMLElement} panel */
  #say(panel) {
    const region = this.querySelector("[data-said]");
    const words = [...panel.querySelectorAll("[data-say]")].map((each) => each.getAttribute("data-say")).join(" ");
    if (region && words && region.textContent !== words) region.textContent = words;
  }

  /** Carry out an act without leaving the page; its effect comes with the push. @param {SubmitEvent} event */
  async #submit(event) {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-act") || event.defaultPrevented) return;
    event.preventDefault();
    const buttons = [...form.querySelectorAll("button")];
    const data = new FormData(form, event.submitter);
    data.set("command_id", crypto.randomUUID());
    for (const button of buttons) button.disabled = true;
    this.#refused = null;
    this.#tell("");
    clearRefusal(this);
    try {
      await insist(form.action, data);
      form.reset();
    } catch (error) {
      this.#refused = { key: formOf(form), error };
    }
    for (const button of buttons) button.disabled = false;
    // Meanwhile its panel may have been drawn anew: then it is another form, or none.
    if (!this.#refused) return;
    const said = this.#sayRefusal(this.#refused);
    if (said) showRefusal(said, this.#refused.error);
    else this.#tell(wordsOf(this.#refused.error));
  }

  /**
   * @param {{key: string, error: unknown}} refused
   * @returns {HTMLFormElement | undefined} where it is said; none if no such form is there any more
   */
  #sayRefusal({ key, error }) {
    clearRefusal(this);
    const form = [...this.querySelectorAll("form")].find((each) => formOf(each) === key);
    if (form) sayRefusal(form, error);
    return form;
  }

  /** @param {string} words what went wrong with an act whose form is gone; nothing takes the last away */
  #tell(words) {
    const region = this.querySelector("[data-problem]");
    if (!region) return;
    region.replaceChildren();
    if (!words) return;
    const banner = document.createElement("p");
    banner.className = "banner banner--bad";
    banner.textContent = words;
    region.append(banner);
  }
}
