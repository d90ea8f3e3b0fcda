/**
 * Sentences for scripts. The server translates them and the page carries them, so scripts hold keys only:
 * `<script type="application/json" data-strings>{"room.muted": "…"}</script>`, as many such blocks as a page needs.
 *
 * A sentence has named places, `{name}`. One that depends on a number is an object by plural form, as in
 * `{"one": "{count} person", "other": "{count} people"}`.
 */

/** @typedef {string | Partial<Record<Intl.LDMLPluralRule, string>>} Sentence */

export class Strings {
  /** @type {Map<string, Sentence>} */
  #sentences = new Map();
  #plural;
  #number;

  /** @param {string} locale as in `fr` */
  constructor(locale) {
    this.#plural = new Intl.PluralRules(locale);
    this.#number = new Intl.NumberFormat(locale);
  }

  /** @param {Record<string, Sentence>} sentences */
  add(sentences) {
    for (const [key, sentence] of Object.entries(sentences)) this.#sentences.set(key, sentence);
  }

  /**
   * The sentence of a key. One that the page does not carry shows as its key, so that it is noticed.
   * @param {string} key
   * @param {Record<string, string | number>} [values] `count` chooses the plural form
   */
  t(key, values = {}) {
    const sentence = this.#sentences.get(key) ?? key;
    const pattern = typeof sentence === "string" ? sentence : this.#form(sentence, values.count, key);
    return pattern.replace(/\{(\w+)\}/g, (place, /** @type {string} */ name) => this.#show(values[name], place));
  }

  /**
   * @param {Exclude<Sentence, string>} forms
   * @param {string | number | undefined} count
   * @param {string} key
   */
  #form(forms, count, key) {
    return forms[this.#plural.select(Number(count))] ?? forms.other ?? key;
  }

  /**
   * @param {string | number | undefined} value
   * @param {string} place
   */
  #show(value, place) {
    if (value === undefined) return place;
    return typeof value === "number" ? this.#number.format(value) : value;
  }
}

/** @type {Strings | undefined} */
let strings;

/**
 * The sentence of a key in the page's language, see `Strings.t`.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values) {
  strings ??= stringsOf(document);
  return strings.t(key, values);
}

/**
 * Everything that a page carries.
 * @param {Document} page
 */
export function stringsOf(page) {
  const found = new Strings(page.documentElement.lang || "fr");
  for (const block of page.querySelectorAll("script[data-strings]")) found.add(JSON.parse(block.textContent ?? "{}"));
  return found;
}
