/**
 * `<board-map>`: where the open list's postings are, by area, with how many. Follows the list beside it; choosing an area
 * filters the list. The page is complete without it.
 */

import * as L from "leaflet";
import { t } from "parvis/core/i18n.js";
import { get } from "parvis/core/http.js";
import { namesOf } from "parvis/helpdesk/board/posting_card.js";
import { areaLayer, makeMap, showBounds } from "parvis/helpdesk/board/town_map.js";

/** @typedef {import("parvis/helpdesk/board/board_rules.js").Place} Place */
/** @typedef {{place: Place, outline: number[][][][], help_request: number, help_offer: number}} Counted */
/** @typedef {Counted & {layer: L.GeoJSON, marker: L.Marker}} Area */

/** Asked again at most this often, and not by all watchers at once. */
const ASK_AGAIN_MS = { least: 3000, spread: 12_000 };

export class BoardMap extends HTMLElement {
  /** @type {Map<string, Area>} */
  #areas = new Map();
  /** @type {L.Map | undefined} */
  #map;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #again;
  #names = namesOf(document);
  #listening = new AbortController();

  connectedCallback() {
    const { tiles, attribution } = this.dataset;
    this.replaceChildren();
    this.#map = makeMap(this, { tiles, attribution });
    // Leaflet draws nothing before it knows where it is.
    showBounds(this.#map, L.latLngBounds([]), this.#centre);
    const board = this.closest("help-board");
    const { signal } = this.#listening;
    board?.addEventListener("board:counted", (event) => this.#counted(/** @type {CustomEvent} */ (event)), { signal });
    board?.addEventListener("board:pointed", (event) => this.#pointed(/** @type {CustomEvent} */ (event)), { signal });
    void this.#load(true);
  }

  disconnectedCallback() {
    clearTimeout(this.#again);
    this.#listening.abort();
    this.#map?.remove();
  }

  /** @param {boolean} isFirst */
  async #load(isFirst) {
    const answer = /** @type {any} */ (await get(this.dataset.cells ?? "").catch(() => null));
    if (!answer || !this.#map) return;
    for (const { layer, marker } of this.#areas.values()) [layer, marker].forEach((part) => part.remove());
    this.#areas.clear();
    for (const { place, outline, requests, offers } of answer.cells) {
      this.#draw({ place, outline, help_request: requests, help_offer: offers });
    }
    if (isFirst) this.#showAll();
    this.dataset.ready = "";
  }

  #showAll() {
    const bounds = L.latLngBounds([]);
    for (const { layer, place } of this.#areas.values()) {
      const drawn = layer.getBounds();
      bounds.extend(drawn.isValid() ? drawn : L.latLng(place.centre[1], place.centre[0]).toBounds(500));
    }
    if (this.#map) showBounds(this.#map, bounds, this.#centre);
  }

  /** @returns {[number, number]} */
  get #centre() {
    const [longitude = 0, latitude = 0] = (this.dataset.centre ?? "").split(" ").map(Number);
    return [longitude, latitude];
  }

  /** @param {Counted} counted */
  #draw(counted) {
    if (!this.#map) return;
    const { cell, centre } = counted.place;
    const layer = areaLayer(counted.outline, "map__cell").addTo(this.#map);
    const marker = L.marker([centre[1], centre[0]], {
      icon: L.divIcon({ className: "map__count", iconSize: [36, 36] }),
    });
    marker.addTo(this.#map);
    for (const part of [layer, marker]) {
      part.on("click", () => this.#choose(cell));
      part.on("mouseover", () => this.#light(cell, true));
      part.on("mouseout", () => this.#light(cell, false));
    }
    this.#listenTo(marker.getElement(), cell);
    this.#areas.set(cell, { ...counted, layer, marker });
    this.#label(cell);
  }

  /**
   * What Leaflet leaves to the page: the keyboard, and which cards are meant while a count has the focus.
   * @param {HTMLElement | undefined} element
   * @param {string} cell
   */
  #listenTo(element, cell) {
    element?.addEventListener("focus", () => this.#light(cell, true));
    element?.addEventListener("blur", () => this.#light(cell, false));
    element?.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      this.#choose(cell);
    });
  }

  /** @param {string} cell */
  #label(cell) {
    const area = this.#areas.get(cell);
    const element = area?.marker.getElement();
    if (!area || !element) return;
    const { help_request: requests, help_offer: offers } = area;
    const district = this.#names.districts[area.place.district] ?? t("board.in_town");
    const words = [t("board.requests", { count: requests }), t("board.offers", { count: offers })].join(", ");
    element.textContent = String(requests + offers);
    element.setAttribute("aria-label", `${district}: ${words}`);
    element.title = `${district}: ${words}`;
    element.hidden = requests + offers === 0;
    element.classList.toggle("map__count--offers", requests === 0);
  }

  /** @param {CustomEvent<{effect: string, kind: "help_request" | "help_offer", cell: string}>} event */
  #counted({ detail: { effect, kind, cell } }) {
    const area = this.#areas.get(cell);
    if (effect === "unknown" || !area) return this.#soonAgain(!area && effect === "added");
    area[kind] = Math.max(0, area[kind] + (effect === "added" ? 1 : -1));
    this.#label(cell);
  }

  /** @param {boolean} isUrgent something new stands in an area that is not drawn yet */
  #soonAgain(isUrgent) {
    if (isUrgent) {
      clearTimeout(this.#again);
      this.#again = undefined;
      return void this.#load(false);
    }
    this.#again ??= setTimeout(
      () => {
        this.#again = undefined;
        void this.#load(false);
      },
      ASK_AGAIN_MS.least + Math.random() * ASK_AGAIN_MS.spread,
    );
  }

  /** @param {CustomEvent<{cell: string}>} event */
  #pointed({ detail: { cell } }) {
    for (const [name, { layer, marker }] of this.#areas) {
      const isMeant = name === cell;
      layer.eachLayer((part) => {
        if (part instanceof L.Path) part.getElement()?.classList.toggle("map__cell--chosen", isMeant);
      });
      marker.getElement()?.classList.toggle("map__count--chosen", isMeant);
    }
  }

  /**
   * @param {string} cell
   * @param {boolean} isLit
   */
  #light(cell, isLit) {
    const cards = this.closest("help-board")?.querySelectorAll(`[data-posting][data-cell="${CSS.escape(cell)}"]`) ?? [];
    for (const card of cards) card.classList.toggle("posting--lit", isLit);
  }

  /** @param {string} cell */
  #choose(cell) {
    const address = new URL(location.href);
    address.searchParams.delete("after");
    if (address.searchParams.get("cell") === cell) address.searchParams.delete("cell");
    else address.searchParams.set("cell", cell);
    address.hash = "board-list-title";
    location.assign(address);
  }
}
