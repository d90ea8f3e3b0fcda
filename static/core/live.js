/**
 * The page's one live connection. It opens when the page's markup asks for it (`<body data-live>`) or with the first
 * thing that is followed, heard or sent; what travels is described in docs/live-protocol.md.
 */

import { io } from "socket.io-client";

import { Commands } from "parvis/core/live_commands.js";
import { Line } from "parvis/core/live_line.js";
import { Streams } from "parvis/core/live_streams.js";

/** @typedef {import("parvis/core/live_streams.js").OnEntries} OnEntries */
/** @typedef {import("parvis/core/live_streams.js").OnReload} OnReload */

/** Dispatches `state` when `state` has changed. */
export class Live extends EventTarget {
  #line;
  #commands;
  #streams;

  /** @param {Line} line */
  constructor(line) {
    super();
    this.#line = line;
    this.#commands = new Commands(line);
    this.#streams = new Streams(line);
    line.addEventListener("state", () => this.dispatchEvent(new Event("state")));
  }

  /** `idle`, `connecting`, `connected`, `away` or `ended`. */
  get state() {
    return this.#line.state;
  }

  /** Why the connection ended for good: `signed-out`, `access-changed` … */
  get code() {
    return this.#line.code;
  }

  /** Open the connection; again is harmless. */
  start() {
    this.#line.start();
  }

  /** The page is in front again, or the network is back. */
  wake() {
    this.#line.wake();
  }

  /**
   * Get what was missed in a stream since a number, then everything new.
   * @param {string} stream
   * @param {number | null} after the number that came with the page's content; null: from now on
   * @param {OnEntries} onEntries
   * @param {OnReload} [onReload] if not given, the page loads itself anew
   * @returns {() => void} ends it
   */
  follow(stream, after, onEntries, onReload = () => location.reload()) {
    this.start();
    return this.#streams.follow(stream, after, onEntries, onReload);
  }

  /**
   * Change something. It is kept while the line is gone, sent once more if no answer came, and counts once. Throws
   * `ProblemError` when the portal refuses and `LineError` when it never answered.
   * @param {string} name
   * @param {object} [body]
   * @param {string} [commandId] of an earlier attempt at the same thing, as a form holds it
   * @returns {Promise<any>} the acknowledgement: what was asked is on disk
   */
  command(name, body = {}, commandId = newCommandId()) {
    this.start();
    return this.#commands.send(name, { ...body, command_id: commandId }, 2);
  }

  /**
   * Send a message that changes nothing lasting. Sent once; throws like `command`.
   * @param {string} name
   * @param {object} [body]
   * @returns {Promise<any>} the acknowledgement
   */
  ask(name, body = {}) {
    this.start();
    return this.#commands.send(name, body, 1);
  }

  /**
   * Be told when the line stands again after it was gone. Commands and followed streams take care of themselves; this is
   * for what the portal forgets with a connection, as being in a room.
   * @param {() => void} handler
   * @returns {() => void} ends it
   */
  onReconnected(handler) {
    this.#line.addEventListener("back", handler);
    return () => this.#line.removeEventListener("back", handler);
  }

  /**
   * Hear pushes of a name.
   * @param {string} name
   * @param {(body: any) => void} handler
   * @returns {() => void} ends it
   */
  on(name, handler) {
    this.start();
    this.#line.socket.on(name, handler);
    return () => this.#line.socket.off(name, handler);
  }
}

/** An id for one thing a person does: 128 random bits. */
export function newCommandId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Show on the page how the connection is: `[data-connection]` while it is away, `[data-connection-ended]` when it will
 * not come back by itself, and the state as `data-line` of the root for style sheets.
 * @param {Live} source
 * @param {Document} page
 */
export function showState(source, page) {
  const show = () => {
    page.documentElement.dataset.line = source.state;
    page.querySelector("[data-connection]")?.toggleAttribute("hidden", source.state !== "away");
    page.querySelector("[data-connection-ended]")?.toggleAttribute("hidden", source.state !== "ended");
  };
  source.addEventListener("state", show);
}

/**
 * The live connection of a page, with all that wakes it.
 * @param {Window} view
 */
function open({ document: page }) {
  const socket = io({ transports: ["websocket"], reconnection: false, autoConnect: false, timeout: 10_000 });
  const opened = new Live(new Line(socket));
  showState(opened, page);
  page.addEventListener("visibilitychange", () => {
    if (page.visibilityState === "visible") opened.wake();
  });
  addEventListener("online", () => opened.wake());
  addEventListener("pageshow", () => opened.wake());
  if (page.body.dataset.live !== undefined) opened.start();
  return opened;
}

export const live = open(window);
