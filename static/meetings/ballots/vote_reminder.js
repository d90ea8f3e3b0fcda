/** The way back to a vote that waits for its reader: on a telephone it may open while they read further down. */

/** `<vote-reminder>` inside a `.ballot`, around a link to it: shown while the ballot is out of sight. */
export class VoteReminder extends HTMLElement {
  /** @type {IntersectionObserver | undefined} */
  #observer;

  connectedCallback() {
    const ballot = this.closest(".ballot");
    if (!ballot) return;
    this.#observer = new IntersectionObserver((seen) => {
      this.hidden = seen.at(-1)?.isIntersecting ?? true;
    });
    this.#observer.observe(ballot);
    this.querySelector("a")?.addEventListener("click", (event) => {
      event.preventDefault();
      ballot.scrollIntoView({ block: "center" });
      /** @type {HTMLElement | null} */ (ballot.querySelector("[data-vote] button"))?.focus({ preventScroll: true });
    });
  }

  disconnectedCallback() {
    this.#observer?.disconnect();
  }
}
