/**
 * What was written into forms while the line was gone, so that a page that is loaded again still has it. It stays in this
 * tab (or, for a long form that asks for it, in this browser), belongs to the person who wrote it, and is forgotten with the
 * sign-out.
 */

/**
 * @typedef {object} Draft
 * @property {string} who id of the person who wrote it, empty for a visitor
 * @property {"written" | "held" | "sent"} state `held`: to be sent when the line is back; `sent`: no answer was seen
 * @property {[string, string][]} values the form's fields but secrets, in their order
 * @property {[string, string] | null} button the one that was pressed
 */

const PREFIX = "parvis.draft ";
/** Never kept: a token that is made anew with each page. */
const NOT_KEPT = new Set(["csrf_token"]);

export class Drafts {
  /**
   * @param {Storage | null} storage of this tab or browser; null: nothing outlives the page
   * @param {string} who id of the person whose page this is, empty for a visitor
   */
  constructor(storage, who) {
    this.storage = storage;
    this.who = who;
  }

  /**
   * @param {string} key of the form
   * @param {Omit<Draft, "who">} draft
   */
  keep(key, draft) {
    const values = draft.values.filter(([name]) => !NOT_KEPT.has(name));
    try {
      this.storage?.setItem(PREFIX + key, JSON.stringify({ ...draft, who: this.who, values }));
    } catch {
      // A storage that is full or forbidden: the form itself still holds what was written.
    }
  }

  /**
   * The draft of a form. One that somebody else wrote in this tab is forgotten instead.
   * @param {string} key
   * @returns {Draft | null}
   */
  find(key) {
    try {
      const draft = JSON.parse(this.storage?.getItem(PREFIX + key) ?? "null");
      if (draft === null || draft.who === this.who) return draft;
    } catch {
      // Not ours, or cut short.
    }
    this.forget(key);
    return null;
  }

  /** @param {string} key */
  forget(key) {
    this.storage?.removeItem(PREFIX + key);
  }

  /** Every draft of every page. */
  forgetAll() {
    for (const key of this.#keys()) this.forget(key);
  }

  /** What others have left in this tab, and what was sent: whoever sees the next page has had the answer. */
  tidy() {
    for (const key of this.#keys()) if (this.find(key)?.state === "sent") this.forget(key);
  }

  #keys() {
    const names = Object.keys(this.storage ?? {}).filter((name) => name.startsWith(PREFIX));
    return names.map((name) => name.slice(PREFIX.length));
  }
}

/**
 * A browser's storage; null where the browser forbids it.
 * @param {"sessionStorage" | "localStorage"} name of the tab, or of the browser
 * @returns {Storage | null}
 */
export function storageOf(name) {
  try {
    return window[name];
  } catch {
    return null;
  }
}

/**
 * What a form holds, without passwords and files.
 * @param {HTMLFormElement} form
 * @returns {[string, string][]}
 */
export function valuesOf(form) {
  const secret = new Set([...form.querySelectorAll("input[type=password]")].map((input) => input.getAttribute("name")));
  /** @type {[string, string][]} */
  const values = [];
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && !secret.has(name)) values.push([name, value]);
  }
  return values;
}

/**
 * Write values into a form's fields, those of one name in their order. Fields that the form no longer has are left out.
 * @param {HTMLFormElement} form
 * @param {[string, string][]} values
 */
export function fillIn(form, values) {
  const left = [...values];
  for (const control of form.elements) {
    if (control instanceof HTMLInputElement && ["checkbox", "radio"].includes(control.type)) {
      control.checked = values.some(([name, value]) => name === control.name && value === control.value);
    } else if (isField(control)) {
      const at = left.findIndex(([name]) => name === control.name);
      const [taken] = at < 0 ? [] : left.splice(at, 1);
      if (taken) control.value = taken[1];
    }
  }
}

/**
 * @param {Element} control
 * @returns {control is HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement}
 */
function isField(control) {
  if (control instanceof HTMLInputElement) return !["file", "password", "submit", "button"].includes(control.type);
  return control instanceof HTMLTextAreaElement || control instanceof HTMLSelectElement;
}
