/** What a person has done in a part of a page that is about to be drawn anew: typed, chosen, opened, focused. */

/**
 * Remember it; the function that is returned puts it back into what was drawn.
 * @param {HTMLElement} root
 * @returns {() => void}
 */
export function kept(root) {
  const fields = new Map(
    [...root.querySelectorAll("input, textarea, select")].map((field) => [keyOf(field), stateOf(field)]),
  );
  const open = new Map([...root.querySelectorAll("details")].map((each) => [nameOf(each), each.open]));
  const active = document.activeElement;
  const focus = active && root.contains(active) ? { key: keyOf(active), at: caretOf(active) } : null;
  return () => {
    for (const each of root.querySelectorAll("details")) each.open = open.get(nameOf(each)) ?? each.open;
    for (const field of root.querySelectorAll("input, textarea, select")) restore(field, fields.get(keyOf(field)));
    if (focus) refocus(root, focus);
  };
}

/** Where there is room beside the rest, what is folded for a telephone stands open. @param {HTMLElement} root */
export function unfoldWide(root) {
  if (!matchMedia("(min-width: 60em)").matches) return;
  for (const each of root.querySelectorAll("details[data-open-wide]")) each.setAttribute("open", "");
}

/** @typedef {{value: string, checked: boolean} | null} State */

/**
 * A field that is as the page came with it has nothing to keep.
 * @param {Element} field
 * @returns {State}
 */
function stateOf(field) {
  if (field instanceof HTMLInputElement) {
    if (field.type === "hidden" || (field.value === field.defaultValue && field.checked === field.defaultChecked)) {
      return null;
    }
    return { value: field.value, checked: field.checked };
  }
  if (field instanceof HTMLTextAreaElement) {
    return field.value === field.defaultValue ? null : { value: field.value, checked: false };
  }
  if (field instanceof HTMLSelectElement) {
    const first = [...field.options].find((option) => option.defaultSelected) ?? field.options[0];
    return field.value === first?.value ? null : { value: field.value, checked: false };
  }
  return null;
}

/**
 * @param {Element} field
 * @param {State | undefined} state
 */
function restore(field, state) {
  if (!state) return;
  if (field instanceof HTMLInputElement && (field.type === "radio" || field.type === "checkbox")) {
    field.checked = state.checked;
  } else if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) field.value = state.value;
  else if (field instanceof HTMLSelectElement && [...field.options].some((option) => option.value === state.value)) {
    field.value = state.value;
  }
}

/**
 * Which form it is, in any drawing of it.
 * @param {HTMLFormElement | null} form
 * @returns {string}
 */
export function formOf(form) {
  const hidden = form ? [...form.querySelectorAll('input[type="hidden"]')] : [];
  const about = hidden
    .map((each) => (each.getAttribute("name") === "csrf_token" ? "" : each.getAttribute("value")))
    .join("|");
  return `${form?.getAttribute("action")}\n${about}`;
}

/** Which field or button it is, in any drawing of it. @param {Element} element */
function keyOf(element) {
  const own = element.getAttribute("value") ?? "";
  const isChoice = element instanceof HTMLInputElement && (element.type === "radio" || element.type === "checkbox");
  const name = element.getAttribute("name") ?? (element.tagName === "SUMMARY" ? nameOf(element.parentElement) : "");
  return [
    formOf(element.closest("form")),
    element.tagName,
    name,
    isChoice || element.tagName === "BUTTON" ? own : "",
    element.id,
  ].join("\n");
}

/** @param {Element | null} details */
function nameOf(details) {
  return details?.getAttribute("data-keep") ?? details?.querySelector("summary")?.textContent ?? "";
}

/**
 * @param {Element} field
 * @returns {[number | null, number | null] | null}
 */
function caretOf(field) {
  if (field instanceof HTMLTextAreaElement) return [field.selectionStart, field.selectionEnd];
  if (field instanceof HTMLInputElement && ["text", "search", "url"].includes(field.type)) {
    return [field.selectionStart, field.selectionEnd];
  }
  return null;
}

/**
 * @param {HTMLElement} root
 * @param {{key: string, at: [number | null, number | null] | null}} focus
 */
function refocus(root, focus) {
  const again = [...root.querySelectorAll("input, textarea, select, button, summary, a")].find(
    (each) => keyOf(each) === focus.key,
  );
  if (!(again instanceof HTMLElement)) return;
  again.focus({ preventScroll: true });
  const isText = again instanceof HTMLTextAreaElement || again instanceof HTMLInputElement;
  if (isText && focus.at) again.setSelectionRange(focus.at[0], focus.at[1]);
}
