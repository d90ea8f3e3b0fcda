// @ts-check
/**
 * A room as its page knows it: seats, chat, lines and sources, put together from the entry's answer, the room's stream
 * and the media worker's words. No DOM and no network: every change is a method, every question a getter.
 */

/** @typedef {"waiting" | "withdrawn" | "admitted" | "left" | "refused" | "removed"} SeatCondition */
/** @typedef {{microphone: boolean, camera: boolean, screen: boolean}} Sources */
/**
 * @typedef {object} Seat
 * @property {string} id
 * @property {string} name
 * @property {SeatCondition} state
 * @property {boolean} is_host
 * @property {boolean} is_guest
 * @property {string | null} hand_raised_at
 * @property {Sources} may
 * @property {number} version
 */
/** @typedef {{id: string, seat_id: string, name: string, at: string, text: string}} ChatLine */
/** @typedef {{id: string, title: string, is_locked: boolean, is_closed: boolean, version: number}} Door */
/** @typedef {{slot: string, seat_id: string | null, source: string | null, live: boolean}} Slot */
/** @typedef {"connecting" | "connected" | "lost" | "gone"} Line */
/** @typedef {"all" | "fewer" | "smaller" | "one" | "sound"} Shown */
/** @typedef {{room?: Door, seat?: Partial<Seat> & {id: string}, chat?: ChatLine, to_all?: boolean}} EntryBody */
/**
 * @typedef {object} RoomView what the server answers to room:enter
 * @property {Door} room
 * @property {{id: string, state: SeatCondition}} seat
 * @property {boolean} is_host
 * @property {string} stream
 * @property {number} head
 * @property {Seat[]} [seats]
 * @property {ChatLine[]} [chat]
 * @property {MediaView} [media]
 */
/**
 * @typedef {object} MediaView
 * @property {Record<string, {line: Line, on: (keyof Sources)[], is_weak: boolean}>} peers
 * @property {string[]} speaking
 * @property {string | null} dominant
 * @property {Slot[]} slots
 * @property {Shown} shown how much of what the page could show its line takes
 * @property {Record<string, string[]>} layers by source, the simulcast layers that anybody watches
 * @property {boolean} is_known whether the server knows what the worker does at present
 */

/** @returns {Sources} */
const nothingOn = () => ({ microphone: false, camera: false, screen: false });

export class RoomState {
  /** @type {Map<string, Seat>} in the order of their making: the order in which tiles stand */
  #seats = new Map();
  /** @type {Map<string, ChatLine>} */
  #chat = new Map();
  /** @type {Map<string, Line>} */
  #lines = new Map();
  /** @type {Map<string, Sources>} */
  #on = new Map();
  #isMediaKnown = false;
  /** @type {Slot[]} */
  slots = [];
  /** @type {Record<string, string[]>} */
  layers = {};
  /** How much of what this page could show its line takes. @type {Shown} */
  shown = "all";
  /** Those much of whose sound and picture is lost. @type {Set<string>} */
  #weak = new Set();
  /** @type {string[]} loudest first */
  speaking = [];
  /** @type {string | null} */
  dominant = null;
  /** Whether one's own microphone was last opened together with everybody's. */
  isFreed = false;

  /** @param {RoomView} view */
  constructor(view) {
    this.room = view.room;
    this.own = view.seat;
    this.isHost = view.is_host;
    for (const seat of view.seats ?? []) this.#seats.set(seat.id, seat);
    for (const line of view.chat ?? []) this.#chat.set(line.id, line);
    if (view.media) this.#takeMedia(view.media);
  }

  /** @param {MediaView} media */
  #takeMedia(media) {
    for (const [id, { line, on, is_weak: isWeak }] of Object.entries(media.peers)) {
      this.#lines.set(id, line);
      this.takeWeakness({ seat_id: id, is_weak: isWeak });
      this.#on.set(id, { ...nothingOn(), ...Object.fromEntries(on.map((source) => [source, true])) });
    }
    this.#isMediaKnown = media.is_known;
    Object.assign(this, {
      speaking: media.speaking,
      dominant: media.dominant,
      slots: media.slots,
      layers: media.layers,
      shown: media.shown,
    });
  }

  /** Whether this page's person is in the room. */
  get isIn() {
    return this.own.state === "admitted";
  }

  /** Whether the media worker is known to hold no seat for this person. */
  get isUnseated() {
    return this.#isMediaKnown && !this.#lines.has(this.own.id);
  }

  /** Those in the room, oneself too, in an order that never changes. */
  get people() {
    return [...this.#seats.values()].filter((seat) => seat.state === "admitted");
  }

  /** Those in the lobby; empty for everybody but the host. */
  get waiting() {
    return [...this.#seats.values()].filter((seat) => seat.state === "waiting");
  }

  /** Raised hands, the longest up first. */
  get hands() {
    const up = this.people.filter((seat) => seat.hand_raised_at !== null);
    return up.sort((one, other) => String(one.hand_raised_at).localeCompare(String(other.hand_raised_at)));
  }

  /** The chat, oldest first. */
  get chat() {
    return [...this.#chat.values()];
  }

  /** @param {string} id */
  seat(id) {
    return this.#seats.get(id);
  }

  /** @param {string} id @returns {Line} */
  line(id) {
    return this.#lines.get(id) ?? "connecting";
  }

  /** What a person publishes now, as the worker hears and sees it. @param {string} id */
  on(id) {
    return this.#on.get(id) ?? nothingOn();
  }

  /** The slot in which a person's picture arrives, if it does. @param {string} id @param {string} source */
  slotOf(id, source) {
    return this.slots.find((slot) => slot.seat_id === id && slot.source === source)?.slot;
  }

  /** Whose screen is shown, if anybody's. */
  get presenter() {
    const slot = this.slots.find((each) => each.slot === "screen" && each.seat_id !== null);
    return slot?.seat_id ?? null;
  }

  /**
   * Take an entry of the room's stream. An older version than the one known changes nothing: entries carry today's
   * content, so the same one may come twice.
   * @param {EntryBody} body
   * @returns {{seat?: {before: Seat | undefined, now: Seat}, chat?: ChatLine, room?: boolean}} what is new
   */
  take(body) {
    if (body.chat && !this.#chat.has(body.chat.id)) {
      this.#chat.set(body.chat.id, body.chat);
      return { chat: body.chat };
    }
    if (body.room && body.room.version >= this.room.version) {
      this.room = body.room;
      return { room: true };
    }
    if (body.seat?.id === this.own.id) {
      this.isFreed = body.to_all || (this.isFreed && body.seat.may?.microphone !== false);
    }
    return body.seat ? this.#takeSeat(body.seat) : {};
  }

  /** @param {Partial<Seat> & {id: string}} told */
  #takeSeat(told) {
    if (told.id === this.own.id && told.state) this.own = { id: told.id, state: told.state };
    const before = this.#seats.get(told.id);
    if (told.version === undefined || (before ? told.version < before.version : told.name === undefined)) return {};
    const now = /** @type {Seat} */ ({ ...before, ...told });
    this.#seats.set(now.id, now);
    if (now.state !== "admitted") this.#lines.delete(now.id);
    return { seat: { before, now } };
  }

  /** Whether a person is connected and yet heard and seen badly. @param {string} id */
  isWeak(id) {
    return this.#weak.has(id) && this.line(id) === "connected";
  }

  /** @param {{seat_id: string, is_weak: boolean}} told */
  takeWeakness(told) {
    if (told.is_weak) this.#weak.add(told.seat_id);
    else this.#weak.delete(told.seat_id);
  }

  /** @param {{seat_id: string, line: Line | null, source: keyof Sources | null, is_on: boolean | null}} told */
  takePeer(told) {
    if (told.line) this.#lines.set(told.seat_id, told.line);
    if (told.line === "gone") this.#on.delete(told.seat_id);
    if (told.source) this.#on.set(told.seat_id, { ...this.on(told.seat_id), [told.source]: told.is_on === true });
  }
}
