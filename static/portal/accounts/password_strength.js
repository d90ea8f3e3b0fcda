/** How strong a password is: the gist of the rule by which the server decides (portal/accounts/model/password.py). */

const MIN_LENGTH = 12;
const FAIR_BITS = 50;
const STRONG_BITS = 80;

/** @type {[RegExp, number][]} */
const KINDS = [
  [/[0-9]/, 10],
  [/[a-z]/, 26],
  [/[A-Z]/, 26],
  [/[^0-9a-zA-Z]/, 32],
];

/**
 * The strength in bits, with repeated and neighbouring characters counted once.
 * @param {string} password
 * @returns {number}
 */
export function bits(password) {
  const alphabet = KINDS.reduce((sum, [kind, size]) => (kind.test(password) ? sum + size : sum), 0);
  const telling = [...password].filter((char, index, all) => isTelling(all[index - 1], char));
  return telling.length * Math.log2(alphabet || 1);
}

/**
 * @param {string | undefined} before
 * @param {string} char
 */
function isTelling(before, char) {
  return before === undefined || Math.abs((char.codePointAt(0) ?? 0) - (before.codePointAt(0) ?? 0)) > 1;
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
