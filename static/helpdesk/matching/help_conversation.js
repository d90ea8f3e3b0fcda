/**
 * `<help-conversation>`: the messages of one engagement. What arrives is put in by its number, so nothing is missing and
 * nothing doubled after a lost line; what is sent is kept while the line is gone and counts once.
 */

import { clone, fill } from "parvis/core/dom.js";
import { t } from "parvis/core/i18n.js";
import { live, newCommandId } from "parvis/core/live.js";
import { ProblemError } from "parvis/core/problem.js";

/** @typedef {{id: string, at: string, mine: boolean, text: string}} Message as `helpdesk/matching/live.py` sends it */
/** @typedef {{number: number, kind: string, body: {message?: Message, state?: string}}} Entry */

const TIME = /** @type {const} */ ({ hour: "2-digit", minute: "2-digit", timeZone: "Europe/Paris" });

export class HelpConversation extends HTMLElement {
  /** @type {(() => void)[]} */
  #endings = [];
  #other = "";

  connectedCallback() {
    const { stream = "", head } = this.dataset;
    const names = document.getElementById("said-names")?.textContent ?? "{}";
    this.#other = JSON.parse(names).other ?? "";
    const end = live.follow(
      stream,
      Number(head),
      (/** @type {Entry[]} */ entries) => entries.forEach(({ body }) => this.#take(body)),
      () => location.reload(),
    );
    this.#endings.push(end);
    const form = this.querySelector("form[data-write]");
    if (form instanceof HTMLFormElement) this.#listen(form);
  }

  disconnectedCallback() {
    for (const end of this.#endings.splice(0)) end();
  }

  /** @param {HTMLFormElement} form */
  #listen(form) {
    /** @param {Event} event */
    const send = (event) => {
      event.preventDefault();
      void this.#send(form);
    };
    form.addEventListener("submit", send);
    this.#endings.push(() => form.removeEventListener("submit", send));
  }

  /** @param {HTMLFormElement} form */
  async #send(form) {
    const field = form.querySelector("textarea");
    const command = form.querySelector("input[name=command_id]");
    if (!field || !(command instanceof HTMLInputElement) || field.readOnly || !field.value.trim()) return;
    field.readOnly = true;
    this.#tell(form, live.state === "connected" ? "" : t("matching.not_sent"));
    try {
      const body = { id: this.dataset.engagement, text: field.value };
      await live.command("help_engagement:write", body, command.value);
      field.value = "";
      this.#tell(form, "");
    } catch (error) {
      this.#tell(form, error instanceof ProblemError ? (error.fields?.text ?? error.message) : t("matching.not_sent"));
    } finally {
      // What was refused is written anew: it is another command.
      command.value = newCommandId();
      field.readOnly = false;
      field.focus();
    }
  }

  /**
   * @param {HTMLFormElement} form
   * @param {string} sentence
   */
  #tell(form, sentence) {
    const fault = form.querySelector("[data-fault]");
    if (!fault) return;
    fault.textContent = sentence;
    fault.toggleAttribute("hidden", !sentence);
  }

  /** @param {{message?: Message, state?: string}} body */
  #take({ message, state }) {
    if (message) this.#show(message);
    if (state && state !== this.dataset.state && !this.#isBusy()) location.reload();
  }

  /** @param {Message} message */
  #show(message) {
    const list = this.querySelector("[data-said]");
    const shown = this.querySelector(`[data-message="${CSS.escape(message.id)}"]`);
    const text = message.text || t("matching.taken_away");
    if (shown instanceof HTMLElement) return fill(shown, { text });
    const who = message.mine ? t("matching.you") : this.#other;
    const ago = new Intl.DateTimeFormat(document.documentElement.lang, TIME).format(new Date(message.at));
    const element = clone("said-template", { who, text, ago });
    element.dataset.message = message.id;
    element.classList.toggle("said__one--mine", message.mine);
    list?.append(element);
    element.scrollIntoView({ block: "nearest" });
    const region = this.querySelector("[data-announce]");
    if (region && !message.mine) region.textContent = t("matching.new_message", { text });
  }

  /** Whether loading anew would lose what is being written, or the answer to what is on its way: it says what was done. */
  #isBusy() {
    if (this.querySelector("form[data-sending]")) return true;
    const fields = [...this.querySelectorAll("textarea")];
    return fields.some((field) => field.value !== field.defaultValue);
  }
}
