/**
 * A Leaflet map of the town: tiles where the town has set an address for them, else its districts, drawn.
 */

import * as L from "leaflet";
import { get } from "parvis/core/http.js";

/** @typedef {number[][][][]} Outline GeoJSON coordinates of a MultiPolygon */

const DISTRICTS = "/api/town/map";

/** @type {import("leaflet").TooltipOptions} */
const NAME_STYLE = { permanent: true, direction: "center", className: "map__name", pane: "names" };

/**
 * Make an element a map. `data-tiles` and `data-attribution` say what it lies on.
 * @param {HTMLElement} element
 * @param {{isQuiet?: boolean, tiles?: string, attribution?: string}} options quiet: a picture, not to be moved
 */
export function makeMap(element, { isQuiet = false, tiles, attribution = "" }) {
  const still = { dragging: false, keyboard: false, scrollWheelZoom: false, doubleClickZoom: false, touchZoom: false };
  const motion = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(element, {
    zoomControl: !isQuiet,
    attributionControl: Boolean(tiles),
    zoomAnimation: !motion,
    fadeAnimation: !motion,
    scrollWheelZoom: false,
    zoomSnap: 0.25,
    ...(isQuiet ? still : {}),
  });
  if (tiles) L.tileLayer(tiles, { attribution, maxZoom: 19 }).addTo(map);
  else void drawDistricts(map);
  return map;
}

/** @param {L.Map} map */
async function drawDistricts(map) {
  map.createPane("districts").style.zIndex = "250";
  map.createPane("names").style.zIndex = "260";
  try {
    const town = /** @type {any} */ (await get(DISTRICTS));
    L.geoJSON(town.districts, {
      pane: "districts",
      interactive: false,
      style: { className: "map__district" },
      onEachFeature: (feature, layer) => {
        const name = feature.properties?.name;
        if (name) layer.bindTooltip(name, NAME_STYLE);
      },
    }).addTo(map);
    L.geoJSON(town.landmarks, { pane: "districts", interactive: false, style: { className: "map__landmark" } }).addTo(
      map,
    );
  } catch {
    // Without districts the areas stand on an empty ground; the list holds everything.
  }
}

/**
 * A cell's outline as a layer.
 * @param {Outline} outline
 * @param {string} className
 */
export function areaLayer(outline, className) {
  return L.geoJSON(/** @type {any} */ ({ type: "MultiPolygon", coordinates: outline }), { style: { className } });
}

/**
 * Show the areas, all of them, not nearer than a neighbourhood.
 * @param {L.Map} map
 * @param {L.LatLngBounds} bounds
 * @param {[number, number]} centre longitude and latitude, where there is nothing to show
 */
export function showBounds(map, bounds, centre) {
  if (bounds.isValid()) map.fitBounds(bounds.pad(0.12), { maxZoom: 16, animate: false });
  else map.setView([centre[1], centre[0]], 14, { animate: false });
}
