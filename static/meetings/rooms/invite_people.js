// @ts-check
/** `<invite-people>`: copies the room's link, and sends invitations by mail without leaving the page. */

import { delegate } from "parvis/core/dom.js";
import { send } from "parvis/core/http.js";
import { t } from "parvis/core/i18n.js";
import { newCommandId } from "parvis/core/live.js";
import { ProblemError } from "parvis/core/problem.js";

export class InvitePeople extends HTMLElement {
  /** @type {(() => void)[]} */
  #stops = [];

  connectedCallback() {
    for (const button of this.querySelectorAll("[data-copy-link]")) button.removeAttribute("hidden");
    this.#stops = [
      delegate(this, "click", "[data-copy-link]", (button) => this.#copy(button)),
      delegate(this, "submit", "[data-invite-form]", (form, event) => {
        event.preventDefault();
        this.#invite(/** @type {HTMLFormElement} */ (form));
      }),
    ];
  }

  disconnectedCallback() {
    for (const stop of this.#stops) stop();
  }

  /** Said beside the button: what stands outside an open dialog is not read out. @param {HTMLElement} button */
  async #copy(button) {
    const field = this.querySelector(`#${button.dataset.copyLink}`);
    const said = button.closest(".field")?.querySelector("[data-copied]");
    if (!(field instanceof HTMLInputElement) || !said) return;
    said.textContent = "";
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = t("copied");
    } catch {
      // No clipboard without HTTPS, or not allowed: one key is left to press.
      field.select();
      said.textContent = t("copy-yourself");
    }
  }

  /** @param {HTMLFormElement} form */
  async #invite(form) {
    const error = /** @type {HTMLElement} */ (form.querySelector("[data-invite-error]"));
    const said = /** @type {HTMLElement} */ (form.querySelector("[data-invited]"));
    const button = /** @type {HTMLButtonElement} */ (form.querySelector("button[type=submit]"));
    error.hidden = true;
    said.textContent = "";
    button.setAttribute("aria-busy", "true");
    try {
      const { sent } = /** @type {{sent: number}} */ (await send(form.action, new FormData(form)));
      form.reset();
      /** @type {HTMLInputElement} */ (form.elements.namedItem("command_id")).value = newCommandId();
      said.textContent = t("invited", { count: sent });
    } catch (reason) {
      const fields = reason instanceof ProblemError ? Object.values(reason.fields ?? {}) : [];
      error.textContent = fields[0] ?? (reason instanceof Error ? reason.message : String(reason));
      error.hidden = false;
      /** @type {HTMLElement} */ (form.elements.namedItem("addresses")).focus();
    } finally {
      button.removeAttribute("aria-busy");
    }
  }
}
