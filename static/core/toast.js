/**
 * Short messages that pass by themselves. They stand in a live region, so screen readers say them; nothing that must be
 * acted on may be told only here.
 */

const SHOWN_MS = 7000;

/**
 * Show a sentence for a while.
 * @param {string} sentence already in the reader's language
 * @returns {() => void} takes it away before, when it is true no longer
 */
export function toast(sentence) {
  const region = document.querySelector("[data-toasts]");
  if (!region) return () => undefined;
  const message = document.createElement("p");
  message.className = "toast";
  message.textContent = sentence;
  region.append(message);
  setTimeout(() => message.remove(), SHOWN_MS);
  return () => message.remove();
}
