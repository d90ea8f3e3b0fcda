/**
 * A step of asking or offering in this tab's history. Its page is the answer to a form, which "back" and "load again" cannot
 * fetch a second time: it gets an address of its own, and what was written is kept with that entry of the history, the
 * place too. Nothing of it is in the address, and nobody else who signs in reads it.
 */

import { clone } from "parvis/core/dom.js";
import { fillIn, valuesOf } from "parvis/core/kept_drafts.js";

/** @typedef {[string, string][]} Values */

/** What belongs to one page alone. */
const OF_PAGE = new Set(["csrf_token", "step"]);
/** The last look is made by the server from all that was written: one comes back to the step before it. */
const LAST_LOOK = "check";
const BEFORE_LAST_LOOK = "when";

/**
 * What an entry of the history keeps.
 * @param {Values} values of the form
 * @param {string} who id of the person whose page it is
 */
export function entryOf(values, who) {
  return { posting: { who, values: values.filter(([name]) => !OF_PAGE.has(name)) } };
}

/**
 * What this person wrote, from an entry of the history; null if it holds nothing of theirs. Several answers to one question
 * that a step carried along as one text come apart again.
 * @param {unknown} entry
 * @param {string} who
 * @returns {Values | null}
 */
export function valuesIn(entry, who) {
  const kept = /** @type {{posting?: {who: string, values: Values}} | null} */ (entry)?.posting;
  if (!kept || kept.who !== who) return null;
  return kept.values.flatMap(([name, value]) =>
    name === "weekdays"
      ? value.split(",").map((day) => /** @type {[string, string]} */ ([name, day]))
      : [[name, value]],
  );
}

/**
 * Where "back" leads to for a step.
 * @param {string} step
 */
export function addressOf(step) {
  return `?step=${step === LAST_LOOK ? BEFORE_LAST_LOOK : step}`;
}

/**
 * Keep what the form holds now with this entry of the history.
 * @param {HTMLFormElement} form
 */
export function keepStep(form) {
  const entry = entryOf(valuesOf(form), document.body.dataset.who ?? "");
  history.replaceState(entry, "", addressOf(form.dataset.step ?? ""));
}

/** The id of the command that this entry of the history writes; empty for one that is not ours. */
export function commandOfEntry() {
  const values = valuesIn(history.state, document.body.dataset.who ?? "") ?? [];
  return values.find(([name]) => name === "command_id")?.[1] ?? "";
}

/**
 * Fill in a form from this entry of the history.
 * @param {HTMLFormElement} form
 * @returns {boolean} whether the entry kept anything
 */
export function bringBackStep(form) {
  const values = valuesIn(history.state, document.body.dataset.who ?? "");
  if (!values) return false;
  showPlace(form, new Map(values));
  fillIn(form, values);
  for (const [name, value] of values) if (!form.elements.namedItem(name)) addHidden(form, name, value);
  return true;
}

/**
 * An answer of another step, carried along.
 * @param {HTMLFormElement} form
 * @param {string} name
 * @param {string} value
 */
export function addHidden(form, name, value) {
  const input = document.createElement("input");
  Object.assign(input, { type: "hidden", name, value });
  form.append(input);
}

/**
 * Offer the place that was chosen, as the server does with a step that it shows again.
 * @param {HTMLFormElement} form
 * @param {Map<string, string>} values
 */
function showPlace(form, values) {
  const [picker, place] = [form.querySelector("place-picker"), values.get("place")];
  if (!(picker instanceof HTMLElement) || !place) return;
  picker.querySelector("[data-results]")?.removeAttribute("hidden");
  if (place === "point") {
    Object.assign(picker.dataset, { longitude: values.get("longitude"), latitude: values.get("latitude") });
    picker.querySelector("[data-point]")?.removeAttribute("hidden");
    picker.querySelector("[data-map-part]")?.setAttribute("open", "");
    return;
  }
  const row = clone("address-template", { label: values.get("q") ?? "" });
  row.querySelector("input")?.setAttribute("value", place);
  picker.querySelector("[data-result-list]")?.append(row);
}
