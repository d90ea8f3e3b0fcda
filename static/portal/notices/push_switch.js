/** Lets this browser be told when no page is open: asks for permission, subscribes, hands the subscription over. */

import { send } from "parvis/core/http.js";

/** `<push-switch data-key="…">` with a paragraph for each `data-state` and a button `data-switch`. */
export class PushSwitch extends HTMLElement {
  async connectedCallback() {
    this.button = this.querySelector("[data-switch]");
    this.button?.addEventListener("click", () => this.#switchOn());
    this.#show(await this.#state());
  }

  async #state() {
    if (!("serviceWorker" in navigator) || !("PushManager" in window)) return "none";
    if (Notification.permission === "denied") return "blocked";
    const registration = await navigator.serviceWorker.getRegistration("/");
    const subscription = await registration?.pushManager.getSubscription();
    const isOurs = subscription && sameKey(subscription.options.applicationServerKey, this.#key());
    return isOurs ? "on" : "off";
  }

  async #switchOn() {
    try {
      if ((await Notification.requestPermission()) !== "granted") return this.#show("blocked");
      const registration = await navigator.serviceWorker.register("/push-worker.js");
      await navigator.serviceWorker.ready;
      // One that was made for another key, before the portal was set up anew, must go first.
      await (await registration.pushManager.getSubscription())?.unsubscribe();
      const options = { userVisibleOnly: true, applicationServerKey: this.#key() };
      const subscription = await registration.pushManager.subscribe(options);
      await send("/account/notices/devices", subscription.toJSON());
      location.reload();
    } catch {
      this.#show("failed");
    }
  }

  #key() {
    const text = (this.dataset.key ?? "").replaceAll("-", "+").replaceAll("_", "/");
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  }

  /** @param {string} state */
  #show(state) {
    for (const words of this.querySelectorAll("[data-state]")) {
      if (words instanceof HTMLElement) words.hidden = words.dataset.state !== state;
    }
    if (this.button instanceof HTMLElement) this.button.hidden = state !== "off" && state !== "failed";
  }
}

/** @param {ArrayBuffer | null} kept @param {Uint8Array} wanted */
function sameKey(kept, wanted) {
  const bytes = new Uint8Array(kept ?? new ArrayBuffer(0));
  return bytes.length === wanted.length && bytes.every((byte, index) => byte === wanted[index]);
}
