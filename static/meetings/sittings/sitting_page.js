/** A page of a sitting that shows what changes as it changes: it is read anew, and what the person is typing stays. */

import { live } from "parvis/core/live.js";

/** `<sitting-page data-stream="sitting:…" data-head="7">` around what the server rendered. */
export class SittingPage extends HTMLElement {
  connectedCallback() {
    const { stream, head } = this.dataset;
    if (stream) live.follow(stream, Number(head), () => this.#renew());
  }

  async #renew() {
    // Somebody who is typing or has a menu open finds what is new when they have sent or closed it.
    if (this.querySelector("details[open], form:focus-within")) return;
    const answer = await fetch(location.pathname, { credentials: "same-origin" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("sitting-page");
    // The sitting has begun: its screens are other pages.
    if (page.querySelector("sitting-screen")) location.reload();
    else if (fresh) this.replaceChildren(...fresh.childNodes);
  }
}
