/**
 * The page's own markup put to use: templates cloned and filled, events of many elements heard in one place.
 */

/**
 * Clone the one element of a `<template>` of the page. Throws if there is none: the page and its script do not fit.
 * @param {string} id of the template
 * @param {Record<string, string | Node>} [content] see `fill`
 * @returns {HTMLElement}
 */
export function clone(id, content = {}) {
  const template = document.getElementById(id);
  if (!(template instanceof HTMLTemplateElement)) throw new Error(`The page has no template ${id}`);
  const element = template.content.firstElementChild?.cloneNode(true);
  if (!(element instanceof HTMLElement)) throw new Error(`The template ${id} is empty`);
  fill(element, content);
  return element;
}

/**
 * Put words or nodes into the elements marked `data-slot="name"`, in or at `root`. Words become text, never markup.
 * @param {HTMLElement} root
 * @param {Record<string, string | Node>} content
 */
export function fill(root, content) {
  for (const [name, value] of Object.entries(content)) {
    const selector = `[data-slot="${CSS.escape(name)}"]`;
    if (root.matches(selector)) root.replaceChildren(value);
    for (const slot of root.querySelectorAll(selector)) {
      slot.replaceChildren(value instanceof Node ? value : `${value}`);
    }
  }
}

/**
 * Hear an event of every element below `root` that matches, present or future.
 * @template {HTMLElement} [E=HTMLElement]
 * @param {EventTarget} root
 * @param {string} type of the event; one that bubbles
 * @param {string} selector
 * @param {(element: E, event: Event) => void} handler
 * @returns {() => void} ends it
 */
export function delegate(root, type, selector, handler) {
  /** @param {Event} event */
  const hear = (event) => {
    const element = event.target instanceof Element ? event.target.closest(selector) : null;
    if (element instanceof HTMLElement && root instanceof Node && root.contains(element)) {
      handler(/** @type {E} */ (element), event);
    }
  };
  root.addEventListener(type, hear);
  return () => root.removeEventListener(type, hear);
}
