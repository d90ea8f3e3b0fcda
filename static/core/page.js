/**
 * What every page can do once scripts run: dialogs, hanging menus, showing a password, forms that are being sent.
 * One listener per event on the document, so parts that arrive later are served too. Without script, each of these
 * still has its plain form: a fold opens, a form posts, a password stays dots.
 */

/** @param {Document} page */
export function enhancePage(page) {
  page.addEventListener("click", onClick);
  page.addEventListener("keydown", closeMenusOnEscape);
  page.addEventListener("focusin", closeMenusLeft);
  page.addEventListener("submit", markAsSending);
  addEventListener("pageshow", () => page.querySelectorAll("form[data-sending]").forEach(forgetSending));
  for (const reveal of page.querySelectorAll("[data-reveals]")) reveal.removeAttribute("hidden");
  for (const summary of page.querySelectorAll("[data-error-summary]")) focus(summary);
}

/** @param {Element} element */
function focus(element) {
  if (element instanceof HTMLElement) element.focus();
}

/** @param {Event} event */
function onClick(event) {
  const target = event.target instanceof Element ? event.target : null;
  if (!target) return;
  closeMenusExcept(target);
  const opener = target.closest("[data-opens]");
  if (opener instanceof HTMLElement) openDialog(opener.dataset.opens ?? "");
  if (target.closest("[data-closes]")) target.closest("dialog")?.close();
  const reveal = target.closest("[data-reveals]");
  if (reveal instanceof HTMLElement) toggleReveal(reveal);
}

/** @param {string} id */
function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog instanceof HTMLDialogElement) dialog.showModal();
}

/** @param {HTMLElement} button */
function toggleReveal(button) {
  const input = document.getElementById(button.dataset.reveals ?? "");
  if (!(input instanceof HTMLInputElement)) return;
  const shown = input.type === "password";
  input.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
}

/** @param {Node} place */
function closeMenusExcept(place) {
  for (const menu of document.querySelectorAll("details[data-hanging][open]")) {
    if (!menu.contains(place)) menu.removeAttribute("open");
  }
}

/** @param {FocusEvent} event */
function closeMenusLeft(event) {
  if (event.target instanceof Node) closeMenusExcept(event.target);
}

/** @param {KeyboardEvent} event */
function closeMenusOnEscape(event) {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-hanging][open]")) {
    const hadFocus = menu.contains(document.activeElement);
    menu.removeAttribute("open");
    const summary = menu.querySelector("summary");
    if (hadFocus) summary?.focus();
  }
}

/**
 * Show that a form is under way, and send it once for a double click (the server counts it once anyway).
 * @param {SubmitEvent} event
 */
function markAsSending(event) {
  const form = event.target;
  if (event.defaultPrevented || !(form instanceof HTMLFormElement) || form.method !== "post") return;
  if (form.dataset.sending === undefined) form.dataset.sending = "";
  else event.preventDefault();
}

/**
 * A page that "back" brings again from memory must be able to send its forms again.
 * @param {Element} form
 */
function forgetSending(form) {
  form.removeAttribute("data-sending");
}
