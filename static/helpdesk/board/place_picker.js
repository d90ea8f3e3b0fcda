/**
 * `<place-picker>`: the second step. Addresses are found while one types; a map takes a point instead. Both end in the
 * same radio buttons that the form without script has.
 */

import * as L from "leaflet";
import { clone, delegate } from "parvis/core/dom.js";
import { get } from "parvis/core/http.js";
import { t } from "parvis/core/i18n.js";
import { makeMap } from "parvis/helpdesk/board/town_map.js";

const PAUSE_MS = 250;
const SHORTEST = 3;
const MOST_SHOWN = 6;

/** @typedef {{label: string, address_id: string | null}} Suggestion */

export class PlacePicker extends HTMLElement {
  /** @type {(() => void)[]} */
  #endings = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;
  #asking = new AbortController();
  /** @type {L.Map | undefined} */
  #map;
  /** @type {L.CircleMarker | undefined} */
  #point;

  connectedCallback() {
    this.#endings.push(
      delegate(this, "input", "[data-search]", () => this.#soon()),
      delegate(this, "keydown", "[data-search]", (_field, event) => this.#searchOnEnter(event)),
      delegate(this, "click", "[data-search-button]", (_button, event) => this.#searchNow(event)),
      delegate(this, "click", "[data-street]", (street) => this.#completeStreet(street.textContent ?? "")),
      delegate(this, "click", "[data-mark]", () => this.#map && this.#mark(this.#map.getCenter())),
    );
    // Enter on a chosen address goes on to the next step; without script it would look for addresses again.
    this.querySelector("[data-search-button]")?.setAttribute("type", "button");
    // Somebody may have typed before this script had come.
    if (this.#field.value && !this.querySelector("[data-result-list] input")) this.#soon();
    const part = this.querySelector("[data-map-part]");
    part?.removeAttribute("hidden");
    part?.addEventListener("toggle", () => this.#openMap());
    if (part?.hasAttribute("open")) this.#openMap();
  }

  disconnectedCallback() {
    clearTimeout(this.#pause);
    this.#asking.abort();
    this.#map?.remove();
    for (const end of this.#endings.splice(0)) end();
  }

  get #field() {
    return /** @type {HTMLInputElement} */ (this.querySelector("[data-search]"));
  }

  #soon() {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => void this.#search(), PAUSE_MS);
  }

  /** @param {Event} event */
  #searchOnEnter(event) {
    if (event instanceof KeyboardEvent && event.key === "Enter") this.#searchNow(event);
  }

  /** @param {Event} event */
  #searchNow(event) {
    event.preventDefault();
    clearTimeout(this.#pause);
    void this.#search();
  }

  async #search() {
    const text = this.#field.value.trim();
    if (text.length < SHORTEST) return;
    this.#asking.abort();
    this.#asking = new AbortController();
    const query = `/api/addresses?q=${encodeURIComponent(text)}`;
    const answer = /** @type {any} */ (await get(query, { signal: this.#asking.signal }).catch(() => null));
    if (answer) this.#show(answer.items.slice(0, MOST_SHOWN));
  }

  /** @param {Suggestion[]} suggestions */
  #show(suggestions) {
    this.#forgetFaults();
    // A heading over nothing would ask which of none.
    const isMarked = this.querySelector("[data-point]")?.hasAttribute("hidden") === false;
    this.querySelector("[data-results]")?.toggleAttribute("hidden", suggestions.length === 0 && !isMarked);
    const rows = suggestions.map(({ label, address_id }) => {
      if (address_id === null) return clone("street-template", { label });
      const row = clone("address-template", { label });
      const radio = row.querySelector("input");
      if (radio) radio.value = address_id;
      return row;
    });
    this.querySelector("[data-result-list]")?.replaceChildren(...rows);
    const only = suggestions.length === 1 && suggestions[0]?.address_id ? rows[0]?.querySelector("input") : null;
    if (only) only.checked = true;
    const { length: count } = suggestions;
    this.#say(count ? t("board.found", { count }) : t("board.none_found"));
  }

  /** What the server said of the address before is settled, or said anew below the field. */
  #forgetFaults() {
    document.querySelector("[data-error-summary]")?.remove();
    for (const fault of this.querySelectorAll(".field__error")) fault.remove();
    for (const wrong of this.querySelectorAll(".field--wrong")) wrong.classList.remove("field--wrong");
    this.#field.removeAttribute("aria-invalid");
    this.#field.setAttribute("aria-describedby", "hint-q");
  }

  /** @param {string} street */
  #completeStreet(street) {
    const field = this.#field;
    const number = /^\s*\d+\S*/.exec(field.value)?.[0] ?? "";
    field.value = `${number} ${street}`.trim();
    field.focus();
    field.setSelectionRange(0, 0);
  }

  /** The map is made when it is first seen: Leaflet measures the room it has. */
  #openMap() {
    const element = this.querySelector("[data-map]");
    if (!(element instanceof HTMLElement) || this.#map) return;
    const { tiles, attribution, longitude, latitude, centre = "0 0" } = this.dataset;
    this.#map = makeMap(element, { tiles, attribution });
    const [east = 0, north = 0] = centre.split(" ").map(Number);
    const isMarked = longitude !== undefined && latitude !== undefined;
    this.#map.setView(isMarked ? [Number(latitude), Number(longitude)] : [north, east], isMarked ? 16 : 14);
    this.#map.getContainer().setAttribute("aria-label", t("board.map"));
    this.#map.on("click", ({ latlng }) => this.#mark(latlng));
    if (isMarked) this.#draw(L.latLng(Number(latitude), Number(longitude)));
  }

  /** @param {L.LatLng} where */
  #mark(where) {
    this.#draw(where);
    for (const [name, value] of [
      ["longitude", where.lng],
      ["latitude", where.lat],
    ]) {
      const field = this.querySelector(`[data-${name}]`);
      if (field instanceof HTMLInputElement) field.value = Number(value).toFixed(6);
    }
    this.querySelector("[data-results]")?.removeAttribute("hidden");
    const choice = this.querySelector("[data-point]");
    choice?.removeAttribute("hidden");
    const radio = choice?.querySelector("input");
    if (radio) radio.checked = true;
    this.#say(t("board.marked"));
  }

  /** @param {L.LatLng} where */
  #draw(where) {
    if (!this.#map) return;
    this.#point ??= L.circleMarker(where, { radius: 10, className: "map__point", interactive: false }).addTo(this.#map);
    this.#point.setLatLng(where);
  }

  /** @param {string} sentence */
  #say(sentence) {
    const region = this.querySelector("[data-announce]");
    if (region) region.textContent = sentence;
  }
}
