/**
 * Says in words how strong a password is while it is typed. The password never leaves the page before it is sent;
 * the server's rule (portal/accounts/model/password.py) decides, this one gives its gist.
 */

const MIN_LENGTH = 12;
const FAIR_BITS = 50;
const STRONG_BITS = 80;

/** @type {[RegExp, number][]} */
const KINDS = [[/[0-9]/, 10], [/[a-z]/, 26], [/[A-Z]/, 26], [/[^0-9a-zA-Z]/, 32]];

/**
 * The strength in bits, with repeated and neighbouring characters counted once.
 * @param {string} password
 * @returns {number}
 */
export function bits(password) {
  const alphabet = KINDS.reduce((sum, [kind, size]) => (kind.test(password) ? sum + size : sum), 0);
  const telling = [...password].filter((char, index, all) => index === 0 || isTelling(all[index - 1], char)).length;
  return telling * Math.log2(alphabet || 1);
}

/**
 * @param {string} before
 * @param {string} char
 */
function isTelling(before, char) {
  return Math.abs((char.codePointAt(0) ?? 0) - (before.codePointAt(0) ?? 0)) > 1;
}

/**
 * @param {string} password
 * @returns {"short" | "weak" | "fair" | "strong"}
 */
export function strength(password) {
  if (password.length < MIN_LENGTH) return "short";
  const found = bits(password);
  if (found < FAIR_BITS) return "weak";
  return found < STRONG_BITS ? "fair" : "strong";
}

/** `<password-meter for="field-password" data-short="…" data-weak="…" data-fair="…" data-strong="…">` */
export class PasswordMeter extends HTMLElement {
  connectedCallback() {
    this.setAttribute("role", "status");
    this.className = "field__hint";
    const input = document.getElementById(this.getAttribute("for") ?? "");
    if (input instanceof HTMLInputElement) input.addEventListener("input", () => this.say(input.value));
  }

  /** @param {string} password */
  say(password) {
    const words = password ? (this.dataset[strength(password)] ?? "") : "";
    if (this.textContent !== words) this.textContent = words;
  }
}
