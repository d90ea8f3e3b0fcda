/**
 * `<board-map>`: where the open list's postings are, with how many: by area when one looks near, by groups of areas from
 * afar, counted by the server. Follows the list beside it; choosing an area filters the list, choosing a group looks
 * nearer. The page is complete without it.
 */

import * as L from "leaflet";
import { t } from "parvis/core/i18n.js";
import { get } from "parvis/core/http.js";
import { labelCount, makeCount } from "parvis/helpdesk/board/map_count.js";
import { namesOf } from "parvis/helpdesk/board/posting_card.js";
import { areaLayer, makeMap, showBounds } from "parvis/helpdesk/board/town_map.js";

/** @typedef {import("parvis/helpdesk/board/board_rules.js").Place} Place */
/** @typedef {import("parvis/helpdesk/board/map_count.js").Counted} Counted */
/** @typedef {Counted & {marker: L.Marker, bounds: L.LatLngBounds | null, layer?: L.GeoJSON}} Shown */

/** Asked again at most this often, and not by all watchers at once. */
const ASK_AGAIN_MS = { least: 3000, spread: 12_000 };
/** After this the map stands still. */
const STILL_MS = 250;

export class BoardMap extends HTMLElement {
  /** @type {Map<string, Shown>} by the id of the area or the group */
  #shown = new Map();
  /** @type {L.Map | undefined} */
  #map;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #again;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #moving;
  /** @type {L.LatLngBounds | null} what was looked nearer at by keyboard: the focus goes on in it */
  #entered = null;
  #asked = 0;
  #names = namesOf(document);
  #listening = new AbortController();

  connectedCallback() {
    const { tiles, attribution, box } = this.dataset;
    this.replaceChildren();
    const map = (this.#map = makeMap(this, { tiles, attribution }));
    // Leaflet draws nothing before it knows where it is.
    showBounds(map, boundsOf(box?.split(" ").map(Number)), this.#centre);
    const board = this.closest("help-board");
    const { signal } = this.#listening;
    board?.addEventListener("board:counted", (event) => this.#counted(/** @type {CustomEvent} */ (event)), { signal });
    board?.addEventListener("board:pointed", (event) => this.#pointed(/** @type {CustomEvent} */ (event)), { signal });
    map.on("moveend", () => {
      clearTimeout(this.#moving);
      this.#moving = setTimeout(() => void this.#load(), STILL_MS);
    });
    void this.#load();
  }

  disconnectedCallback() {
    clearTimeout(this.#again);
    clearTimeout(this.#moving);
    this.#listening.abort();
    this.#map?.remove();
    this.#map = undefined;
  }

  async #load() {
    const asked = ++this.#asked;
    const answer = /** @type {any} */ (await get(this.#address).catch(() => null));
    if (!answer || !this.#map || asked !== this.#asked) return;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.area : undefined;
    for (const { layer, marker } of this.#shown.values()) [layer, marker].forEach((part) => part?.remove());
    this.#shown.clear();
    for (const { place, outline, requests, offers } of answer.cells) this.#drawArea(place, outline, requests, offers);
    for (const cluster of answer.clusters) this.#drawCluster(cluster);
    this.#keepFocus(focused);
    this.#say();
    this.dataset.ready = "";
  }

  /** Of what the map shows, and no finer than can be told apart. */
  get #address() {
    const address = new URL(this.dataset.cells ?? "", location.href);
    if (!this.#map) return address.href;
    address.searchParams.set("zoom", String(Math.floor(this.#map.getZoom())));
    const bounds = this.#map.getBounds();
    const [west, east] = [Math.max(bounds.getWest(), -180), Math.min(bounds.getEast(), 180)];
    const [south, north] = [Math.max(bounds.getSouth(), -90), Math.min(bounds.getNorth(), 90)];
    if (west < east && south < north) address.searchParams.set("window", [west, south, east, north].join(","));
    return address.href;
  }

  /** @returns {[number, number]} */
  get #centre() {
    const [longitude = 0, latitude = 0] = (this.dataset.centre ?? "").split(" ").map(Number);
    return [longitude, latitude];
  }

  /**
   * @param {Place} place
   * @param {number[][][][]} outline
   * @param {number} requests
   * @param {number} offers
   */
  #drawArea({ cell, centre, district }, outline, requests, offers) {
    if (!this.#map) return;
    const layer = areaLayer(outline, "map__cell").addTo(this.#map);
    const hearing = {
      choose: () => this.#choose(cell),
      light: (/** @type {boolean} */ isLit) => this.#light(cell, isLit),
    };
    const marker = makeCount(this.#map, { id: cell, centre }, hearing);
    layer.on("click", hearing.choose);
    layer.on("mouseover", () => hearing.light(true));
    layer.on("mouseout", () => hearing.light(false));
    const counted = { help_request: requests, help_offer: offers, districts: [district], isCluster: false };
    this.#shown.set(cell, { ...counted, marker, layer, bounds: null });
    labelCount(marker, counted, this.#names);
  }

  /** @param {{id: string, centre: [number, number], box: number[], districts: string[], requests: number, offers: number}} it */
  #drawCluster({ id, centre, box, districts, requests, offers }) {
    if (!this.#map) return;
    const bounds = boundsOf(box);
    const marker = makeCount(this.#map, { id, centre }, { choose: () => this.#enter(bounds), light: () => {} });
    const counted = { help_request: requests, help_offer: offers, districts, isCluster: true };
    this.#shown.set(id, { ...counted, marker, bounds });
    labelCount(marker, counted, this.#names);
  }

  /** @param {CustomEvent<{effect: string, kind: "help_request" | "help_offer", cell: string, place?: Place}>} event */
  #counted({ detail: { effect, kind, cell, place } }) {
    const own = this.#shown.get(cell);
    const shown = own ?? (place && this.#clusterAt(place.centre));
    if (shown && effect !== "unknown") {
      shown[kind] = Math.max(0, shown[kind] + (effect === "added" ? 1 : -1));
      labelCount(shown.marker, shown, this.#names);
    }
    // In which of several groups it is, the server knows.
    if (!own || effect === "unknown") this.#soonAgain(!shown && effect === "added");
  }

  /** @param {[number, number]} centre */
  #clusterAt([longitude, latitude]) {
    return [...this.#shown.values()].find(({ bounds }) => bounds?.contains([latitude, longitude]));
  }

  /** @param {boolean} isUrgent something new stands where nothing is drawn yet */
  #soonAgain(isUrgent) {
    if (isUrgent) {
      clearTimeout(this.#again);
      this.#again = undefined;
      return void this.#load();
    }
    this.#again ??= setTimeout(
      () => {
        this.#again = undefined;
        void this.#load();
      },
      ASK_AGAIN_MS.least + Math.random() * ASK_AGAIN_MS.spread,
    );
  }

  /** @param {CustomEvent<{cell: string}>} event */
  #pointed({ detail: { cell } }) {
    for (const [name, { layer, marker }] of this.#shown) {
      const isMeant = name === cell;
      layer?.eachLayer((part) => {
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

  /** @param {L.LatLngBounds} bounds */
  #enter(bounds) {
    const map = this.#map;
    if (!map) return;
    this.#entered = bounds;
    // At least one step nearer, whatever the size of the group.
    const zoom = Math.max(map.getBoundsZoom(bounds), Math.floor(map.getZoom()) + 1);
    map.setView(bounds.getCenter(), Math.min(zoom, 18));
  }

  /** @param {string | undefined} focused the id of what had the focus before it was drawn anew */
  #keepFocus(focused) {
    const entered = this.#entered;
    this.#entered = null;
    if (!focused) return;
    const inside = [...this.#shown.values()].find(({ marker }) => entered?.contains(marker.getLatLng()));
    const next = entered ? inside : this.#shown.get(focused);
    (next?.marker.getElement() ?? this).focus();
  }

  #say() {
    const said = this.parentElement?.querySelector("[data-map-said]");
    const words = t("board.map_shows", { count: this.#shown.size });
    if (said && said.textContent !== words) said.textContent = words;
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

/** @param {number[] | undefined} box west, south, east, north */
function boundsOf(box) {
  const [west = 0, south = 0, east = 0, north = 0] = box ?? [];
  return box?.length === 4 ? L.latLngBounds([south, west], [north, east]) : L.latLngBounds([]);
}
