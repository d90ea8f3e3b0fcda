/** Says in words how strong a password is while it is typed. The password never leaves the page before it is sent. */

import { strength } from "parvis/portal/accounts/password_strength.js";

/** `<password-meter for="field-password" data-short="…" data-weak="…" data-fair="…" data-strong="…">` */
export class PasswordMeter extends HTMLElement {
  said = "";

  connectedCallback() {
    this.setAttribute("role", "status");
    this.className = "field__hint";
    const input = document.getElementById(this.getAttribute("for") ?? "");
    if (input instanceof HTMLInputElement) input.addEventListener("input", () => this.say(input.value));
  }

  /** @param {string} password */
  say(password) {
    const words = password ? (this.dataset[strength(password)] ?? "") : "";
    // Set again, the same words would be read aloud again.
    if (words !== this.said) this.replaceChildren(words);
    this.said = words;
  }
}
