/**
 * Cards in the list: made from the page's template, changed in place, in the words that the page carries.
 */

import { clone, fill } from "parvis/core/dom.js";
import { t } from "parvis/core/i18n.js";
import { byWords, weeklyWords } from "parvis/helpdesk/board/board_rules.js";

/** @typedef {import("parvis/helpdesk/board/board_rules.js").Card} Card */
/** @typedef {import("parvis/helpdesk/board/board_rules.js").EndedCard} EndedCard */
/** @typedef {Record<"categories" | "districts" | "distances", Record<string, string>>} Names */

/**
 * Names of categories and districts, as the page carries them.
 * @param {Document} page
 * @returns {Names}
 */
export function namesOf(page) {
  return JSON.parse(
    page.getElementById("board-names")?.textContent ?? '{"categories": {}, "districts": {}, "distances": {}}',
  );
}

/**
 * A card's element.
 * @param {Card} card
 * @param {Names} names
 */
export function makeCard(card, names) {
  const element = clone("posting-template");
  element.id = `posting-${card.id}`;
  element.dataset.posting = card.id;
  element.dataset.cell = card.place.cell;
  element.classList.add(`posting--${card.kind}`);
  const link = element.querySelector("[data-link]");
  const folder = card.kind === "help_request" ? "requests" : "offers";
  if (link instanceof HTMLAnchorElement) link.href = `/board/${folder}/${card.id}`;
  const time = element.querySelector("time");
  if (time) time.dateTime = card.posted_at;
  // Under the empty name: every area that is not named is further.
  const distance = names.distances[card.place.cell] ?? names.distances[""] ?? "";
  fill(element, { ago: t("board.just_now"), distance });
  if (!distance) element.querySelector("[data-distance]")?.remove();
  fillCard(element, card, names);
  return element;
}

/**
 * Show a card as it is now.
 * @param {HTMLElement} element
 * @param {Card} card
 * @param {Names} names
 */
export function fillCard(element, card, names) {
  fill(element, {
    kind: t(`board.${card.kind}`),
    category: names.categories[card.category] ?? t("board.other"),
    title: card.title,
    details: card.details,
    district: names.districts[card.place.district] ?? t("board.in_town"),
    by: sayWhen(card),
    answers: card.answers ? t("board.answers", { count: card.answers }) : t("board.no_answer"),
  });
  element.querySelector('[data-slot="details"]')?.toggleAttribute("hidden", !card.details);
  markState(element, card);
}

/**
 * Show where a card stands, and keep its version.
 * @param {HTMLElement} element
 * @param {Card | EndedCard} card
 */
export function markState(element, card) {
  element.dataset.version = String(card.version);
  element.classList.toggle("posting--over", card.state !== "open");
  const slot = element.querySelector('[data-slot="state"]');
  const isOpen = card.state === "open";
  slot?.replaceChildren(
    ...(isOpen ? [] : [clone("posting-state-template", { words: t(`board.state.${card.state}`) })]),
  );
}

/** @param {Card} card */
function sayWhen(card) {
  const today = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Paris" }).format();
  if (card.weekdays.length) return weeklyWords(card, today).map(sayPart).join(", ");
  const { key, day } = byWords(card.by, today);
  return day ? sayPart({ key, day }) : t(key);
}

/** @param {{key: string, weekdays?: number[], day?: Date}} part */
function sayPart({ key, weekdays, day }) {
  const lang = document.documentElement.lang === "en" ? "en-GB" : "fr-FR";
  if (weekdays) {
    const name = new Intl.DateTimeFormat(lang, { weekday: "long", timeZone: "UTC" });
    // 1 January 2024 was a Monday.
    const names = weekdays.map((number) => name.format(Date.UTC(2024, 0, number)));
    return t(key, { days: new Intl.ListFormat(lang).format(names) });
  }
  const shape = /** @type {const} */ ({ weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
  // The server's words have no comma after the weekday.
  return t(key, { date: new Intl.DateTimeFormat(lang, shape).format(day).replace(",", "") });
}
