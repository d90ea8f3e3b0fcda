/**
 * `<help-board>`: the open list, kept as it is on the server. The list that the page came with is a window over the
 * newest open postings that fit the filters; what arrives is put in, changed or marked as over.
 */

import { delegate } from "parvis/core/dom.js";
import { t } from "parvis/core/i18n.js";
import { live } from "parvis/core/live.js";
import { isWanted, isWhole, placeAmong } from "parvis/helpdesk/board/board_rules.js";
import { fillCard, makeCard, markState, namesOf } from "parvis/helpdesk/board/posting_card.js";

/** @typedef {import("parvis/helpdesk/board/board_rules.js").Card} Card */
/** @typedef {import("parvis/helpdesk/board/board_rules.js").EndedCard} EndedCard */
/** @typedef {{number: number, kind: string, body: {card?: Card | EndedCard}}} Entry no card: read all of it anew */
/** @typedef {"added" | "removed" | "unknown"} Effect what a card did to the number of open ones; unknown: ask */

const NEW_MS = 8000;
/** Where open filters would fill the whole screen before the list that was asked for. */
const IS_PHONE = "(max-width: 30rem)";

export class HelpBoard extends HTMLElement {
  /** @type {(() => void)[]} */
  #endings = [];
  /** @type {() => void} */
  #unfollow = () => {};
  #names = namesOf(document);

  connectedCallback() {
    const filters = this.querySelector("[data-filters]");
    if (filters instanceof HTMLFormElement) {
      const button = filters.querySelector("button[type=submit]");
      if (button instanceof HTMLElement) button.hidden = true;
      if (matchMedia(IS_PHONE).matches) filters.closest("details")?.removeAttribute("open");
      this.#endings.push(delegate(filters, "change", "select, input", () => filters.requestSubmit()));
    }
    for (const type of ["focusin", "mouseover"]) {
      this.#endings.push(delegate(this, type, "[data-cell][data-posting]", (card) => this.#point(card.dataset.cell)));
    }
    this.#follow(Number(this.dataset.head));
  }

  disconnectedCallback() {
    this.#unfollow();
    for (const end of this.#endings.splice(0)) end();
  }

  /** @param {number} head */
  #follow(head) {
    this.#unfollow = live.follow("board", head, this.#take, () => void this.#reload());
  }

  /** What this person may see has become another: nothing of the old list stays, whatever the line does meanwhile. */
  #readAnew() {
    this.#unfollow();
    this.#reload().catch(() => location.reload());
  }

  /** @param {Entry[]} entries */
  #take = (entries) => {
    if (entries.some(({ body }) => !body.card)) return this.#readAnew();
    for (const { body } of entries) if (body.card) this.#show(body.card);
  };

  /** @param {Card | EndedCard} card */
  #show(card) {
    const shown = this.#element(card.id);
    if (shown && Number(shown.dataset.version) >= card.version) return;
    if (shown) this.#change(shown, card);
    else this.#insert(card);
  }

  /**
   * @param {HTMLElement} shown
   * @param {Card | EndedCard} card
   */
  #change(shown, card) {
    const wasOpen = !shown.classList.contains("posting--over");
    if (isWhole(card)) fillCard(shown, card, this.#names);
    else markState(shown, card);
    const isOpen = card.state === "open";
    // Taken back by moderation: not even its title stays before those who have the list open.
    if (card.state === "hidden" || card.state === "held") shown.remove();
    if (wasOpen !== isOpen) this.#count(isOpen ? "added" : "removed", card.kind, shown.dataset.cell ?? "");
  }

  /** @param {Card | EndedCard} card */
  #insert(card) {
    if (!isWhole(card)) return this.#count("unknown", card.kind, "");
    const list = this.querySelector("[data-cards]");
    if (!list || !isWanted(card, this.#wishes)) return;
    const shown = [...list.querySelectorAll("[data-posting]")].map(positionOf);
    const index = placeAmong({ postedAt: card.posted_at, id: card.id }, shown);
    const isBelow = index === shown.length && this.dataset.last === "no";
    const isAbove = index === 0 && this.dataset.first === "no";
    if (isBelow || isAbove) return this.#count("unknown", card.kind, card.place.cell);
    const element = makeCard(card, this.#names);
    list.insertBefore(element, list.children[index] ?? null);
    this.querySelector("[data-empty]")?.toggleAttribute("hidden", true);
    this.#count("added", card.kind, card.place.cell, card);
    this.#announce(element, card);
  }

  /**
   * @param {HTMLElement} element
   * @param {Card} card
   */
  #announce(element, card) {
    element.classList.add("posting--new");
    setTimeout(() => element.classList.remove("posting--new"), NEW_MS);
    const region = this.querySelector("[data-announce]");
    const key = card.kind === "help_request" ? "board.new_request" : "board.new_offer";
    if (region) region.textContent = t(key, { title: card.title });
  }

  /**
   * @param {Effect} effect
   * @param {"help_request" | "help_offer"} kind
   * @param {string} cell
   * @param {Card} [card]
   */
  #count(effect, kind, cell, card) {
    const slot = this.querySelector(`[data-count="${kind}"]`);
    if (slot instanceof HTMLElement && effect !== "unknown") {
      const count = Number(slot.dataset.value) + (effect === "added" ? 1 : -1);
      slot.dataset.value = String(count);
      slot.textContent = t(kind === "help_request" ? "board.requests" : "board.offers", { count });
    }
    this.dispatchEvent(new CustomEvent("board:counted", { detail: { effect, kind, cell, place: card?.place } }));
  }

  /** @param {string | undefined} cell */
  #point(cell) {
    this.dispatchEvent(new CustomEvent("board:pointed", { detail: { cell } }));
  }

  get #wishes() {
    const { kind = "", category = "", district = "", cell = "", by = "", near = "", since = "" } = this.dataset;
    return { kind, category, district, cell, by, near, since };
  }

  /** @param {string} id */
  #element(id) {
    const found = this.querySelector(`[data-posting="${CSS.escape(id)}"]`);
    return found instanceof HTMLElement ? found : null;
  }

  /** Too much was missed to tell it one by one: take the list as it is now, and go on from there. */
  async #reload() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return location.reload();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("help-board");
    const list = fresh?.querySelector("[data-cards]");
    if (!(fresh instanceof HTMLElement) || !list) return location.reload();
    this.querySelector("[data-cards]")?.replaceWith(list);
    for (const name of ["help_request", "help_offer"]) {
      const count = fresh.querySelector(`[data-count="${name}"]`);
      if (count) this.querySelector(`[data-count="${name}"]`)?.replaceWith(count);
    }
    this.querySelector("[data-empty]")?.toggleAttribute("hidden", list.childElementCount > 0);
    this.dataset.last = fresh.dataset.last;
    this.#count("unknown", "help_request", "");
    this.#follow(Number(fresh.dataset.head));
  }
}

/** @param {Element} card */
function positionOf(card) {
  const id = card instanceof HTMLElement ? (card.dataset.posting ?? "") : "";
  return { id, postedAt: card.querySelector("time")?.dateTime ?? "" };
}
