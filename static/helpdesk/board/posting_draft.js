/**
 * `<posting-draft>` in the form that asks or offers: what was written is kept in this browser, without the place, so that a
 * closed tab loses nothing. It comes back with the empty form, says so, and can be thrown away.
 */

import { Drafts, fillIn, storageOf, valuesOf } from "parvis/core/kept_drafts.js";
import { addHidden, bringBackStep, commandOfEntry, keepStep } from "parvis/helpdesk/board/kept_step.js";
import { beginWriting, publishedAt } from "parvis/helpdesk/board/published.js";

const KEPT = ["category_id", "title", "details", "day", "on", "weekdays", "starts_on", "until", "capacity"];
/** Without one of these there is nothing worth keeping. */
const WORDS = ["title", "details"];
const KEPT_MS = 7 * 24 * 3600 * 1000;
const WRITTEN_AT = "written_at";
const FIRST_STEP = "what";

/**
 * What of a form's values is kept, with the moment; null where nobody has written anything yet.
 * @param {[string, string][]} values
 * @param {number} now
 * @returns {[string, string][] | null}
 */
export function toKeep(values, now) {
  const kept = values.filter(([name, value]) => KEPT.includes(name) && value !== "");
  const isWritten = kept.some(([name, value]) => WORDS.includes(name) && value.trim() !== "");
  return isWritten ? [...kept, [WRITTEN_AT, String(now)]] : null;
}

/**
 * The values to bring back; none of what was written more than a week ago.
 * @param {[string, string][]} values
 * @param {number} now
 */
export function toBringBack(values, now) {
  const at = Number(values.find(([name]) => name === WRITTEN_AT)?.[1] ?? 0);
  return now - at < KEPT_MS ? values.filter(([name]) => name !== WRITTEN_AT) : [];
}

/** @param {string} kind */
const keyOf = (kind) => `posting ${kind}`;

function drafts() {
  return new Drafts(storageOf("localStorage"), document.body.dataset.who ?? "");
}

/**
 * It stands on the board now.
 * @param {string} kind `help_request` or `help_offer`
 */
export function forgetDraft(kind) {
  drafts().forget(keyOf(kind));
}

export class PostingDraft extends HTMLElement {
  #listening = new AbortController();

  connectedCallback() {
    const form = this.closest("form");
    if (!form) return;
    const { signal } = this.#listening;
    // A page that the browser kept whole comes back without being built anew.
    addEventListener("pageshow", () => showWherePublished(form), { signal });
    if (showWherePublished(form)) return;
    if (this.dataset.first === undefined) this.#keep(form);
    else if (!bringBackStep(form)) this.#begin(form);
    for (const type of ["input", "change", "submit"]) form.addEventListener(type, () => this.#keep(form), { signal });
    this.querySelector("[data-throw-away]")?.addEventListener("click", () => this.#throwAway(), { signal });
  }

  disconnectedCallback() {
    this.#listening.abort();
  }

  get #key() {
    return keyOf(this.dataset.kind ?? "");
  }

  /** @param {HTMLFormElement} form */
  #keep(form) {
    const values = toKeep(valuesOf(form), Date.now());
    if (values) drafts().keep(this.#key, { state: "written", values, button: null });
    keepStep(form);
    beginWriting(commandOfEntry());
  }

  /** @param {HTMLFormElement} form */
  #begin(form) {
    // The address of a later step, and nothing was written in this tab.
    if (form.dataset.step !== FIRST_STEP) location.replace(location.pathname);
    else this.#bringBack(form);
  }

  /** @param {HTMLFormElement} form */
  #bringBack(form) {
    const found = drafts().find(this.#key);
    const values = found ? toBringBack(found.values, Date.now()) : [];
    if (values.length === 0) return drafts().forget(this.#key);
    fillIn(form, withTheRest(form, values));
    const carried = values.filter(([name]) => !form.elements.namedItem(name));
    for (const [name, value] of carried) addHidden(form, name, value);
    this.hidden = false;
  }

  #throwAway() {
    drafts().forget(this.#key);
    this.#listening.abort();
    location.assign(location.pathname);
  }
}

/**
 * Instead of a form whose words stand on the board already: that they do, and where. One that was sent before this script
 * ran has kept nothing with its entry of the history, but bears its command.
 * @param {HTMLFormElement} form
 * @returns {boolean} whether they do
 */
function showWherePublished(form) {
  const own = form.elements.namedItem("command_id");
  const path = publishedAt(commandOfEntry() || (own instanceof HTMLInputElement ? own.value : ""));
  const link = document.querySelector("[data-published] [data-published-link]");
  if (!path || !link) return false;
  link.setAttribute("href", path);
  document.querySelector("[data-writing]")?.toggleAttribute("hidden", true);
  document.querySelector("[data-published]")?.toggleAttribute("hidden", false);
  return true;
}

/**
 * The values, and for every other field what the form holds already.
 * @param {HTMLFormElement} form
 * @param {[string, string][]} values
 */
function withTheRest(form, values) {
  const names = new Set(values.map(([name]) => name));
  return [...valuesOf(form).filter(([name]) => !names.has(name)), ...values];
}
