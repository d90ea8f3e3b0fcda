/**
 * `<moderation-queue data-stream data-head data-waiting>`: says when the list on the page is no longer the one on the
 * server. It does not move what somebody is reading.
 */

import { live } from "parvis/core/live.js";

export class ModerationQueue extends HTMLElement {
  /** @type {() => void} */
  #end = () => {};

  connectedCallback() {
    const { stream, head } = this.dataset;
    if (!stream) return;
    const show = () => this.querySelector("[data-changed]")?.removeAttribute("hidden");
    this.#end = live.follow(
      stream,
      Number(head),
      (entries) => {
        const waiting = entries.at(-1)?.body.waiting;
        if (typeof waiting !== "number") return;
        this.dataset.waiting = String(waiting);
        show();
      },
      show,
    );
  }

  disconnectedCallback() {
    this.#end();
  }
}
