/**
 * `<colour-preview>`: shows two chosen colours as the pages will paint them. The server corrects them, as it does for
 * the pages, so there is one rule.
 */

import { get } from "parvis/core/http.js";

const PAUSE_MS = 120;

/** @typedef {{fill: string, ink: string, text: string, dark: string}} Shades */

export class ColourPreview extends HTMLElement {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;
  #asking = new AbortController();
  #onInput = () => this.#soon();

  connectedCallback() {
    this.addEventListener("input", this.#onInput);
    this.#soon();
  }

  disconnectedCallback() {
    this.removeEventListener("input", this.#onInput);
    clearTimeout(this.#pause);
    this.#asking.abort();
  }

  #soon() {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => void this.#ask(), PAUSE_MS);
  }

  async #ask() {
    this.#asking.abort();
    this.#asking = new AbortController();
    const chosen = new URLSearchParams({ primary: this.#value("primary"), accent: this.#value("accent") });
    const path = `${this.dataset.source}?${chosen}`;
    const shades = await get(path, { signal: this.#asking.signal }).catch(() => null);
    if (shades) this.#paint(/** @type {{primary: Shades, accent: Shades}} */ (shades));
  }

  /** @param {string} name */
  #value(name) {
    const input = this.querySelector(`input[name="${name}"]`);
    return input instanceof HTMLInputElement ? input.value : "";
  }

  /** @param {{primary: Shades, accent: Shades}} shades */
  #paint({ primary, accent }) {
    const swatches = this.querySelector("[data-swatches]");
    if (!(swatches instanceof HTMLElement)) return;
    const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
    for (const [number, shade] of [primary, accent].entries()) {
      swatches.style.setProperty(`--town-${number + 1}`, shade.fill);
      swatches.style.setProperty(`--town-${number + 1}-ink`, shade.ink);
      swatches.style.setProperty(`--town-${number + 1}-text`, isDark ? shade.dark : shade.text);
    }
    this.#say([primary, accent].every((shade) => shade.fill === (isDark ? shade.dark : shade.text)));
  }

  /** @param {boolean} isKept */
  #say(isKept) {
    const said = this.querySelector("[data-said]");
    if (said instanceof HTMLElement) said.textContent = (isKept ? said.dataset.kept : said.dataset.corrected) ?? "";
  }
}
