/**
 * `<posting-page>`: one posting. When it changes, its page is fetched anew for this viewer; while somebody writes in one
 * of its forms it only says that it has changed, unless it is not for this viewer any more.
 */

import { live } from "parvis/core/live.js";
import { forgetDraft } from "parvis/helpdesk/board/posting_draft.js";
import { endPublishing } from "parvis/helpdesk/board/published.js";

/** The answers that say the posting is not for this viewer; any other failure passes. */
const NOT_FOR_THIS_VIEWER = new Set([401, 403, 404, 410]);

export class PostingPage extends HTMLElement {
  /** @type {() => void} */
  #end = () => {};

  connectedCallback() {
    if (new URLSearchParams(location.search).get("done") === "posted") {
      forgetDraft(this.dataset.kind ?? "");
      endPublishing(location.pathname);
    }
    this.#end = live.follow(
      "board",
      Number(this.dataset.head),
      (entries) => entries.forEach(({ body }) => (body.card ? this.#take(body.card) : void this.#refresh())),
      () => void this.#refresh(),
    );
  }

  disconnectedCallback() {
    this.#end();
  }

  /** @param {{id: string, version: number}} card */
  #take(card) {
    if (card.id === this.dataset.posting && card.version > Number(this.dataset.version)) void this.#refresh();
  }

  async #refresh() {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } }).catch(() => undefined);
    // Taken away from this viewer: nothing of it stays in sight, not even under what is being written.
    if (answer && NOT_FOR_THIS_VIEWER.has(answer.status)) return location.reload();
    const text = answer?.ok ? await answer.text().catch(() => undefined) : undefined;
    if (text === undefined || this.#isBeingWrittenIn()) return this.#sayThatItChanged();
    const page = new DOMParser().parseFromString(text, "text/html");
    const fresh = page.querySelector("posting-page");
    const part = fresh?.querySelector("[data-live-part]");
    if (!(fresh instanceof HTMLElement) || !part) return location.reload();
    this.dataset.version = fresh.dataset.version;
    this.querySelector("[data-live-part]")?.replaceWith(part);
    this.#sayThatItChanged(false);
  }

  #sayThatItChanged(has = true) {
    this.querySelector("[data-changed]")?.toggleAttribute("hidden", !has);
  }

  #isBeingWrittenIn() {
    const fields = [...this.querySelectorAll("textarea")];
    return fields.some((field) => field.value !== field.defaultValue || field === document.activeElement);
  }
}
