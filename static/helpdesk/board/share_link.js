/** `<share-link>`: passes the page's address on, by the device's own dialog or by the clipboard, or prints it. */

import { delegate } from "parvis/core/dom.js";
import { t } from "parvis/core/i18n.js";

export class ShareLink extends HTMLElement {
  /** @type {(() => void)[]} */
  #endings = [];

  connectedCallback() {
    this.hidden = false;
    this.#endings.push(
      delegate(this, "click", "[data-share]", () => void this.#share()),
      delegate(this, "click", "[data-print]", () => print()),
    );
  }

  disconnectedCallback() {
    for (const end of this.#endings.splice(0)) end();
  }

  async #share() {
    const url = location.origin + location.pathname;
    const { title = "" } = this.dataset;
    if (typeof navigator.share === "function") {
      // Whoever closes the dialog has changed their mind: nothing to say.
      return void navigator.share({ title, url }).catch(() => {});
    }
    await navigator.clipboard.writeText(url).then(
      () => this.#say(t("share.copied")),
      () => this.#say(t("share.yourself")),
    );
  }

  /** @param {string} sentence */
  #say(sentence) {
    const said = this.querySelector("[data-said]");
    if (said) said.textContent = sentence;
  }
}
