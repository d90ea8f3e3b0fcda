/** `<area-map>`: one public area on a small still map. */

import { areaLayer, makeMap, showBounds } from "parvis/helpdesk/board/town_map.js";

export class AreaMap extends HTMLElement {
  /** @type {import("leaflet").Map | undefined} */
  #map;

  connectedCallback() {
    const { area = "", tiles, attribution } = this.dataset;
    const { place, outline } = JSON.parse(area);
    this.#map = makeMap(this, { isQuiet: true, tiles, attribution });
    const layer = areaLayer(outline, "map__cell map__cell--chosen").addTo(this.#map);
    showBounds(this.#map, layer.getBounds(), place.centre);
  }

  disconnectedCallback() {
    this.#map?.remove();
  }
}
