/**
 * Forms while the line is gone. One that counts once, however often it is sent (it carries a command id), is kept where it
 * stands and sent when the line is back; any other says that nothing was sent. Without script a form is sent as ever.
 */

import { clone, delegate } from "parvis/core/dom.js";
import { Drafts, fillIn, storageOf, valuesOf } from "parvis/core/kept_drafts.js";

const PROBE_MS = 4000;
const AGAIN_MS = 3000;
const REGION_MS = 100;
const ONCE = "input[name=command_id]";

/** @typedef {{form: HTMLFormElement, button: HTMLElement | null}} Held */

class KeptForms {
  /** @type {Held[]} */
  #held = [];
  /** Forms whose way was found open: they are being sent. */
  #passed = new WeakSet();
  #isTrying = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #again;

  /** @param {Document} page */
  constructor(page) {
    this.page = page;
    const who = page.body.dataset.who ?? "";
    this.drafts = new Drafts(storageOf("sessionStorage"), who);
    this.lasting = new Drafts(storageOf("localStorage"), who);
    page.addEventListener("submit", (event) => this.#onSubmit(event));
    page.addEventListener("input", (event) => this.#onInput(event));
    delegate(page, "click", "[data-form-state] button", (button) => this.#letGo(button.closest("form")));
    addEventListener("online", () => this.#try());
    new MutationObserver(() => this.#onLine()).observe(page.documentElement, { attributeFilter: ["data-line"] });
  }

  /** Bring back what was written before the page was loaded again. */
  restore() {
    const came = performance.getEntriesByType("navigation")[0];
    const isSamePage = came instanceof PerformanceNavigationTiming && came.type !== "navigate";
    // The portal has answered, with this page: its own words on the form count.
    const isAnswer = this.page.querySelector("[data-error-summary]") !== null;
    if (!isSamePage || isAnswer) this.drafts.tidy();
    for (const form of this.page.querySelectorAll("form")) {
      const draft = form.querySelector(ONCE) ? this.drafts.find(keyOf(form)) : null;
      if (draft) this.#bringBack(form, draft);
    }
    void this.#try();
  }

  /**
   * @param {HTMLFormElement} form
   * @param {import("parvis/core/kept_drafts.js").Draft} draft
   */
  #bringBack(form, draft) {
    fillIn(form, draft.values);
    if (draft.state !== "held") return say(form, "form-again");
    const [name, value] = draft.button ?? [];
    const buttons = [...form.querySelectorAll("button")];
    this.#hold(form, buttons.find((button) => button.name === name && button.value === value) ?? null);
  }

  /** @param {SubmitEvent} event */
  #onSubmit(event) {
    const form = event.target;
    if (event.defaultPrevented || !(form instanceof HTMLFormElement) || form.method !== "post") return;
    if (pathOf(form).startsWith("/sign-out")) this.#forgetAll();
    if (this.#passed.has(form)) return;
    if (this.#isAway()) {
      event.preventDefault();
      void this.#send({ form, button: event.submitter });
    } else {
      this.#leave(form, event.submitter);
    }
  }

  /**
   * A form goes out: if no answer comes, the page that is loaded again still has it, with the same command id.
   * @param {HTMLFormElement} form
   * @param {HTMLElement | null} button
   */
  #leave(form, button) {
    this.#held = this.#held.filter((held) => held.form !== form);
    silence(form);
    if (form.querySelector(ONCE)) this.#keep(form, "sent", button);
  }

  /**
   * The line seems to be gone: send a form if the portal answers all the same, and hold it if not, because a page that is
   * left for one that never comes takes along what was written.
   * @param {Held} sent
   */
  async #send({ form, button }) {
    if (form.dataset.probing !== undefined || this.#held.some((held) => held.form === form)) return;
    form.dataset.probing = "";
    const isOpen = await answers();
    delete form.dataset.probing;
    if (isOpen) this.#pass({ form, button });
    else if (form.querySelector(ONCE)) this.#hold(form, button);
    else say(form, "form-not-sent");
  }

  /** @param {Held} sent */
  #pass({ form: held, button }) {
    const form = this.#present(held);
    if (!form) return;
    this.#leave(form, button);
    this.#passed.add(form);
    form.requestSubmit(button?.isConnected ? button : null);
    this.#passed.delete(form);
  }

  /**
   * The form itself or, if the page has been brought up to date around it, the one that stands in its place.
   * @param {HTMLFormElement} form
   */
  #present(form) {
    if (form.isConnected) return form;
    const fresh = [...this.page.querySelectorAll("form")].find((each) => keyOf(each) === keyOf(form));
    if (fresh) fillIn(fresh, valuesOf(form));
    return fresh;
  }

  /**
   * @param {HTMLFormElement} form
   * @param {HTMLElement | null} button
   */
  #hold(form, button) {
    this.#held.push({ form, button });
    this.#keep(form, "held", button);
    say(form, "form-held");
    this.#tryLater();
  }

  /** @param {HTMLFormElement | null} form that shall not be sent after all */
  #letGo(form) {
    if (!form) return;
    this.#held = this.#held.filter((held) => held.form !== form);
    this.drafts.forget(keyOf(form));
    silence(form);
    form.querySelector("button")?.focus();
  }

  /** Send the first form that is held, if the portal answers. The page that comes takes the place of this one. */
  async #try() {
    const [first] = this.#held;
    if (!first || this.#isTrying) return;
    this.#isTrying = true;
    const isOpen = await answers();
    this.#isTrying = false;
    if (!isOpen || !this.#held.includes(first)) return;
    this.#held = this.#held.filter((held) => held !== first);
    this.#pass(first);
  }

  #tryLater() {
    clearTimeout(this.#again);
    if (this.#held.length > 0) this.#again = setTimeout(() => void this.#try().then(() => this.#tryLater()), AGAIN_MS);
  }

  /** @param {Event} event */
  #onInput(event) {
    const form = event.target instanceof Element ? event.target.closest("form") : null;
    if (!form?.querySelector(ONCE)) return;
    const held = this.#held.find((each) => each.form === form);
    if (held) this.#keep(form, "held", held.button);
    else if (this.#isAway()) this.#keep(form, "written", null);
  }

  #onLine() {
    const { line } = this.page.documentElement.dataset;
    if (line === "connected") void this.#try();
    // Signed out in another window, or no longer let in: nobody else shall find what was written here.
    else if (line === "ended") this.#forgetAll();
  }

  #forgetAll() {
    for (const { form } of this.#held.splice(0)) silence(form);
    this.drafts.forgetAll();
    this.lasting.forgetAll();
  }

  #isAway() {
    return !navigator.onLine || this.page.documentElement.dataset.line === "away";
  }

  /**
   * @param {HTMLFormElement} form
   * @param {"written" | "held" | "sent"} state
   * @param {HTMLElement | null} button
   */
  #keep(form, state, button) {
    const named = button instanceof HTMLButtonElement && button.name !== "";
    this.drafts.keep(keyOf(form), {
      state,
      values: valuesOf(form),
      button: named ? [button.name, button.value] : null,
    });
  }
}

/** @param {Document} page */
export function keepForms(page) {
  new KeptForms(page).restore();
}

/** Whether the portal can be reached; an answer of any kind will do. */
async function answers() {
  try {
    await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(PROBE_MS) });
    return true;
  } catch {
    return false;
  }
}

/** @param {HTMLFormElement} form */
function keyOf(form) {
  return `${location.pathname} ${pathOf(form)}`;
}

/**
 * Where a form is sent to. Read off the attribute: a field that is called "action" hides the property.
 * @param {HTMLFormElement} form
 */
function pathOf(form) {
  return new URL(form.getAttribute("action") || location.href, location.href).pathname;
}

/**
 * Say in a form how it stands with it, in place of what was said before.
 * @param {HTMLFormElement} form
 * @param {string} template
 */
function say(form, template) {
  silence(form);
  const region = document.createElement("div");
  region.setAttribute("role", "status");
  region.dataset.formState = template;
  form.append(region);
  // A screen reader says what comes into a region that it knows already.
  setTimeout(() => region.append(clone(template)), REGION_MS);
}

/** @param {HTMLFormElement} form */
function silence(form) {
  form.querySelector("[data-form-state]")?.remove();
}
