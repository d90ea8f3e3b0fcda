/** The number of unread notices in the header, kept as it is while the page is open. */

import { live } from "parvis/core/live.js";

/** `<notice-bell data-stream="notices:…" data-head="12"><span data-count>…</span></notice-bell>` */
export class NoticeBell extends HTMLElement {
  connectedCallback() {
    const { stream, head } = this.dataset;
    if (!stream) return;
    live.follow(stream, Number(head), (entries) => {
      const unread = entries.at(-1)?.body.unread;
      if (typeof unread === "number") this.show(unread);
    });
  }

  /** @param {number} unread */
  show(unread) {
    const count = this.querySelector("[data-count]");
    if (!(count instanceof HTMLElement)) return;
    count.textContent = unread < 100 ? String(unread) : "99+";
    count.hidden = unread === 0;
  }
}
