// @ts-check
/** Keeps the screen awake during a call; the browser takes the lock back when the page is hidden. */

export class WakeLock {
  /** @type {WakeLockSentinel | null} */
  #lock = null;
  #isHeld = false;

  constructor() {
    document.addEventListener("visibilitychange", () => {
      if (this.#isHeld && document.visibilityState === "visible") this.#ask();
    });
  }

  /** From now on, as long as the page can be seen. */
  hold() {
    this.#isHeld = true;
    this.#ask();
  }

  /** Let the screen sleep again. */
  release() {
    this.#isHeld = false;
    this.#lock?.release().catch(() => undefined);
    this.#lock = null;
  }

  async #ask() {
    // Refused on low battery or without support: the call goes on with a screen that may sleep.
    this.#lock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
  }
}
