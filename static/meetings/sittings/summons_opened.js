/** Notes that a member has their convocation before them: a page that is looked at, not a mail scanner's request. */

import { send } from "parvis/core/http.js";

const LOOKED_AT_MS = 2000;

/** `<summons-opened data-action="/summons/…/open">` */
export class SummonsOpened extends HTMLElement {
  connectedCallback() {
    const note = () => {
      if (document.visibilityState === "visible") void this.#note();
      else document.addEventListener("visibilitychange", () => setTimeout(note, LOOKED_AT_MS), { once: true });
    };
    setTimeout(note, LOOKED_AT_MS);
  }

  async #note() {
    // Should it fail, the acknowledgement notes it too.
    await send(this.dataset.action ?? "", new FormData()).catch(() => null);
  }
}
