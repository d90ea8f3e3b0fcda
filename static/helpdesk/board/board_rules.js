/**
 * What the open list does with a card that arrives: pure, the same questions as the server's list answers.
 */

/**
 * A public place, see `helpdesk/board/place.py`.
 * @typedef {{cell: string, district: string, centre: [number, number]}} Place
 */

/**
 * A card as it travels, see `helpdesk/board/service/cards.py`.
 * @typedef {object} Card
 * @property {"help_request" | "help_offer"} kind
 * @property {string} id
 * @property {number} version
 * @property {string} state
 * @property {string} category
 * @property {string} title
 * @property {string} details
 * @property {Place} place
 * @property {string} posted_at
 * @property {string | null} by
 * @property {number[]} weekdays
 * @property {string | null} starts_on
 * @property {string | null} next_on
 * @property {string | null} edited_at
 * @property {number} capacity
 * @property {number} answers
 */

/**
 * One that has ended: nothing else is told of it.
 * @typedef {{kind: "help_request" | "help_offer", id: string, version: number, state: string}} EndedCard
 */

/**
 * `near`: ids of areas with spaces between them; `since`: an instant.
 * @typedef {Record<"kind" | "category" | "district" | "cell" | "by" | "near" | "since", string>} Wishes
 */

/**
 * Whether a card carries its content.
 * @param {Card | EndedCard} card
 * @returns {card is Card}
 */
export function isWhole(card) {
  return "title" in card;
}

/**
 * Whether the list that these wishes make holds the card.
 * @param {Card | EndedCard} card
 * @param {Wishes} wishes empty words are no wish
 * @returns {card is Card}
 */
export function isWanted(card, wishes) {
  if (!isWhole(card) || card.state !== "open") return false;
  const given = { kind: card.kind, category: card.category, district: card.place.district, cell: card.place.cell };
  for (const name of /** @type {const} */ (["kind", "category", "district", "cell"])) {
    if (wishes[name] && wishes[name] !== given[name]) return false;
  }
  if (wishes.near && !wishes.near.split(" ").includes(card.place.cell)) return false;
  if (wishes.since && instant(card.edited_at ?? card.posted_at) < instant(wishes.since)) return false;
  const due = card.next_on ?? card.by;
  return !wishes.by || (card.kind === "help_request" && due !== null && due <= wishes.by);
}

/**
 * Before which of the cards shown, newest first, a card stands; their number: after all of them.
 * @param {{postedAt: string, id: string}} card
 * @param {ReadonlyArray<{postedAt: string, id: string}>} shown
 */
export function placeAmong(card, shown) {
  const index = shown.findIndex((other) => isNewer(card, other));
  return index < 0 ? shown.length : index;
}

/**
 * @param {{postedAt: string, id: string}} one
 * @param {{postedAt: string, id: string}} other
 */
function isNewer(one, other) {
  const ours = instant(one.postedAt);
  const theirs = instant(other.postedAt);
  return ours === theirs ? one.id > other.id : ours > theirs;
}

/**
 * Microseconds, which `Date` does not keep, as a text that sorts: `2026-05-04T07:00:00Z` and `…07:00:00.5+00:00` alike.
 * @param {string} text
 */
function instant(text) {
  const [, whole = "", fraction = ""] = /^(.{19})(?:\.(\d+))?/.exec(text) ?? [];
  return `${whole}.${fraction.padEnd(6, "0")}`;
}

/**
 * How something weekly reads: its parts, each with its key and what stands in it. Days of the week count from Monday, 1.
 * @param {Pick<Card, "weekdays" | "starts_on" | "by">} card
 * @param {string} today
 * @returns {{key: string, weekdays?: number[], day?: Date}[]}
 */
export function weeklyWords({ weekdays, starts_on, by }, today) {
  const noon = (/** @type {string} */ day) => new Date(`${day}T12:00:00Z`);
  return [
    { key: "board.every", weekdays },
    ...(starts_on !== null && starts_on > today ? [{ key: "board.from", day: noon(starts_on) }] : []),
    ...(by === null ? [] : [{ key: "board.until", day: noon(by) }]),
  ];
}

/**
 * How a last day reads: its key, and the day itself where the words hold it.
 * @param {string | null} by
 * @param {string} today
 * @returns {{key: string, day?: Date}}
 */
export function byWords(by, today) {
  if (by === null) return { key: "board.no_date" };
  if (by === today) return { key: "board.today" };
  const day = new Date(`${by}T12:00:00Z`);
  const tomorrow = new Date(`${today}T12:00:00Z`);
  tomorrow.setUTCDate(tomorrow.getUTCDate() + 1);
  return day.getTime() === tomorrow.getTime() ? { key: "board.tomorrow" } : { key: "board.by", day };
}
