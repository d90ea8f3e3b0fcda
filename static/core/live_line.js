/**
 * The one connection to the portal: opened, kept, opened again. Knows nothing of what travels on it.
 */

/**
 * What is used of a Socket.IO client.
 * @typedef {object} Socket
 * @property {boolean} connected
 * @property {() => unknown} connect
 * @property {() => unknown} disconnect
 * @property {(name: string, ...rest: any[]) => unknown} emit
 * @property {(name: string, handler: (...rest: any[]) => void) => unknown} on
 * @property {(name: string, handler: (...rest: any[]) => void) => unknown} off
 */

/**
 * `away` comes only when the line has been gone for a moment, so that a short break does not flicker on the page.
 * `ended`: the portal does not want this page back by itself; `code` says why.
 * @typedef {"idle" | "connecting" | "connected" | "away" | "ended"} LineState
 */

const CALM_MS = 1500;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;
const CHECK_MS = 4000;

/** Dispatches `state` for people; `up`, `down`, and `back` for each `up` but the first, at once, for what travels. */
export class Line extends EventTarget {
  /** @type {LineState} */
  state = "idle";
  /** Why it ended. */
  code = "";
  #attempts = 0;
  #wasUp = false;
  #notBefore = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #calm;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #silent;
  /** @type {{code: string, retry_after_ms: number | null} | null} */
  #farewell = null;

  /**
   * @param {Socket} socket not yet connected, and told not to reconnect by itself
   * @param {() => number} [random] between 0 and 1
   */
  constructor(socket, random = Math.random) {
    super();
    this.socket = socket;
    this.random = random;
    socket.on("connect", () => this.#connected());
    socket.on("connection:closed", (farewell) => (this.#farewell = farewell));
    socket.on("disconnect", () => this.#lost(this.#farewell));
    socket.on("connect_error", (error) => this.#lost(farewellOf(error)));
  }

  start() {
    if (this.state !== "idle") return;
    this.#become("connecting");
    this.#soonAway();
    this.socket.connect();
  }

  /** Come back now if the line is gone; if it seems to stand, find out whether it does. */
  wake() {
    if (this.state === "idle" || this.state === "ended") return;
    if (this.socket.connected) this.#check();
    else if (this.#retry !== undefined && Date.now() >= this.#notBefore) this.#open();
  }

  #connected() {
    clearTimeout(this.#calm);
    this.#attempts = 0;
    this.#farewell = null;
    this.#become("connected");
    this.dispatchEvent(new Event("up"));
    if (this.#wasUp) this.dispatchEvent(new Event("back"));
    this.#wasUp = true;
  }

  /** @param {{code: string, retry_after_ms: number | null} | null} farewell */
  #lost(farewell) {
    clearTimeout(this.#silent);
    const retryAfter = farewell === null ? 0 : farewell.retry_after_ms;
    if (retryAfter === null) this.#end(farewell?.code ?? "");
    else this.#comeBack(retryAfter);
    this.dispatchEvent(new Event("down"));
  }

  /** @param {string} code */
  #end(code) {
    clearTimeout(this.#calm);
    this.code = code;
    this.#become("ended");
  }

  /** @param {number} asked how long the portal wants this page to wait */
  #comeBack(asked) {
    this.#soonAway();
    const longest = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#attempts);
    this.#attempts += 1;
    this.#notBefore = Date.now() + asked;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#open(), asked + longest * (0.5 + this.random() / 2));
  }

  #open() {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#farewell = null;
    this.socket.connect();
  }

  /** A machine that slept holds a line that the portal gave up long ago. */
  #check() {
    clearTimeout(this.#silent);
    this.#silent = setTimeout(() => this.socket.disconnect(), CHECK_MS);
    this.socket.emit("connection:check", {}, () => clearTimeout(this.#silent));
  }

  #soonAway() {
    if (this.state === "away") return;
    clearTimeout(this.#calm);
    this.#calm = setTimeout(() => this.#become("away"), CALM_MS);
  }

  /** @param {LineState} state */
  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}

/**
 * What the portal says when it refuses a connection; null when it could not be reached.
 * @param {Error & {data?: {error?: {code?: string}, retry_after_ms?: number | null}}} error
 */
function farewellOf({ data }) {
  if (data?.retry_after_ms === undefined) return null;
  return { code: data.error?.code ?? "", retry_after_ms: data.retry_after_ms };
}
