/** `<help-asked>`: what one is asked for, read again when it changes. */

import { live } from "parvis/core/live.js";

export class HelpAsked extends HTMLElement {
  /** @type {() => void} */
  #end = () => {};

  connectedCallback() {
    const { stream = "", head } = this.dataset;
    const refresh = () => void this.#refresh();
    this.#end = live.follow(stream, Number(head), refresh, refresh);
  }

  disconnectedCallback() {
    this.#end();
  }

  async #refresh() {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const part = page.querySelector("help-asked [data-live-part]");
    if (!part) return location.reload();
    // The region that is read out stays and its words change; a new region would be silent.
    const said = part.querySelector("[data-announce]")?.textContent ?? "";
    const region = this.querySelector("[data-announce]");
    if (region) part.querySelector("[data-announce]")?.replaceWith(region);
    this.querySelector("[data-live-part]")?.replaceWith(part);
    if (region) region.textContent = said;
  }
}
