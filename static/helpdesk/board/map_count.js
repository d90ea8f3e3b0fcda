/**
 * A number on the map: how many requests and offers stand in an area, or in several that are looked at from afar.
 */

import * as L from "leaflet";
import { t } from "parvis/core/i18n.js";

/** @typedef {import("parvis/helpdesk/board/posting_card.js").Names} Names */
/** @typedef {{help_request: number, help_offer: number, districts: string[], isCluster: boolean}} Counted */
/** @typedef {{choose: () => void, light: (isLit: boolean) => void}} Hearing */

/**
 * Put a number on the map; it takes the keyboard as well as the mouse.
 * @param {L.Map} map
 * @param {{id: string, centre: [number, number]}} where
 * @param {Hearing} hearing
 */
export function makeCount(map, { id, centre }, { choose, light }) {
  const marker = L.marker([centre[1], centre[0]], {
    icon: L.divIcon({ className: "map__count", iconSize: [36, 36] }),
  });
  marker.addTo(map);
  marker.on("click", choose);
  marker.on("mouseover", () => light(true));
  marker.on("mouseout", () => light(false));
  const element = marker.getElement();
  if (!element) return marker;
  element.dataset.area = id;
  element.addEventListener("focus", () => light(true));
  element.addEventListener("blur", () => light(false));
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    choose();
  });
  return marker;
}

/**
 * Write the number, and for those who do not see it where that is and what it counts.
 * @param {L.Marker} marker
 * @param {Counted} counted
 * @param {Names} names
 */
export function labelCount(marker, { help_request: requests, help_offer: offers, districts, isCluster }, names) {
  const element = marker.getElement();
  if (!element) return;
  const where = districts.map((id) => names.districts[id]).filter(Boolean);
  const place = where.join(", ") || t("board.in_town");
  const counts = [t("board.requests", { count: requests }), t("board.offers", { count: offers })].join(", ");
  const counted = t("board.counted", { place, counts });
  const words = isCluster ? t("board.nearer", { words: counted }) : counted;
  element.textContent = String(requests + offers);
  // What is read holds what is seen (WCAG 2.5.3), also where needs and offers are told apart.
  element.setAttribute("aria-label", words.includes(element.textContent) ? words : `${element.textContent} – ${words}`);
  element.title = words;
  element.hidden = requests + offers === 0;
  element.classList.toggle("map__count--offers", requests === 0);
  element.classList.toggle("map__count--cluster", isCluster);
}
