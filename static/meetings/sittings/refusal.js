/** Why an act was refused, said in the form it was sent with: in sight, and read aloud, until it is sent again. */

import { ProblemError } from "parvis/core/problem.js";

const ID = "refusal";

/**
 * Say it at the end of the form, and mark the fields it is about; nothing else on the screen says one any more.
 * @param {HTMLFormElement} form
 * @param {unknown} error
 */
export function sayRefusal(form, error) {
  const alert = document.createElement("p");
  alert.id = ID;
  alert.className = "banner banner--bad";
  alert.setAttribute("role", "alert");
  alert.textContent = wordsOf(error);
  form.append(alert);
  for (const field of fieldsOf(form, error)) {
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", ID);
  }
}

/**
 * Bring what was refused into sight, ready to be put right.
 * @param {HTMLFormElement} form
 * @param {unknown} error
 */
export function showRefusal(form, error) {
  fieldsOf(form, error)[0]?.focus();
  form.querySelector(`#${ID}`)?.scrollIntoView({ block: "nearest" });
}

/** Take the last one away. @param {Element} root */
export function clearRefusal(root) {
  root.querySelector(`#${ID}`)?.remove();
  for (const field of root.querySelectorAll(`[aria-describedby="${ID}"]`)) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }
}

/**
 * What is wrong with each field says more than that something is.
 * @param {unknown} error
 * @returns {string}
 */
export function wordsOf(error) {
  const each = error instanceof ProblemError ? Object.values(error.fields) : [];
  if (each.length > 0) return each.join(" ");
  return error instanceof Error ? error.message : String(error);
}

/**
 * @param {HTMLFormElement} form
 * @param {unknown} error
 * @returns {HTMLElement[]} those a person can see
 */
function fieldsOf(form, error) {
  if (!(error instanceof ProblemError)) return [];
  return Object.keys(error.fields).flatMap((name) => {
    const found = form.querySelector(`[name="${CSS.escape(name)}"]:not([type="hidden"])`);
    return found instanceof HTMLElement ? [found] : [];
  });
}
