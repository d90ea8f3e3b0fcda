/**
 * Messages out, each with one answer. A command is kept until it is answered, sent once more after a lost line, and again
 * as often as the portal asks for that, always with the same id, so it counts once.
 */

import { LineError, ProblemError } from "parvis/core/problem.js";

/**
 * @typedef {object} Waiting
 * @property {string} name
 * @property {object} body
 * @property {number} chances how many more times it may be sent
 * @property {number} patience how many more times the portal may put it off
 * @property {boolean} sent
 * @property {boolean} flying sent over the line that stands now
 * @property {(answer: any) => void} resolve
 * @property {(error: Error) => void} reject
 */

const MOST_WAITING = 50;
/** As the portal names the pause, this is half a minute: its database is being started again. */
const MOST_PUT_OFF = 30;

export class Commands {
  /** @type {Set<Waiting>} */
  #waiting = new Set();

  /** @param {import("parvis/core/live_line.js").Line} line */
  constructor(line) {
    this.line = line;
    line.addEventListener("up", () => this.#sendAll());
    line.addEventListener("down", () => this.#lineLost());
  }

  /**
   * Send now, or as soon as there is a line. Throws `ProblemError`, or `LineError` when no answer came.
   * @param {string} name
   * @param {object} body
   * @param {number} chances how often it may be sent before it is given up
   * @returns {Promise<any>} the acknowledgement's body
   */
  send(name, body, chances) {
    return new Promise((resolve, reject) => {
      if (this.line.state === "ended") return reject(new LineError(`${name}: the connection has ended`, false));
      if (this.#waiting.size >= MOST_WAITING) return reject(new LineError(`${name}: too many wait`, false));
      const patience = chances > 1 ? MOST_PUT_OFF : 0;
      const waiting = { name, body, chances, patience, sent: false, flying: false, resolve, reject };
      this.#waiting.add(waiting);
      if (this.line.socket.connected) this.#transmit(waiting);
    });
  }

  #sendAll() {
    for (const waiting of this.#waiting) this.#transmit(waiting);
  }

  #lineLost() {
    for (const waiting of this.#waiting) {
      const isOver = this.line.state === "ended" || (waiting.flying && waiting.chances === 0);
      waiting.flying = false;
      if (isOver) {
        this.#settle(waiting, () => waiting.reject(new LineError(`${waiting.name}: no answer`, waiting.sent)));
      }
    }
  }

  /** @param {Waiting} waiting */
  #transmit(waiting) {
    if (waiting.flying) return;
    waiting.chances -= 1;
    waiting.sent = waiting.flying = true;
    this.line.socket.emit(waiting.name, waiting.body, (/** @type {any} */ answer) => {
      const pause = answer.ok ? undefined : answer.error.retry_after_ms;
      if (pause !== undefined && waiting.patience > 0) this.#putOff(waiting, pause);
      else this.#settle(waiting, () => this.#answered(waiting, answer));
    });
  }

  /**
   * @param {Waiting} waiting
   * @param {number} pause in milliseconds
   */
  #putOff(waiting, pause) {
    waiting.patience -= 1;
    waiting.chances += 1;
    waiting.flying = false;
    setTimeout(() => {
      if (this.#waiting.has(waiting) && this.line.socket.connected) this.#transmit(waiting);
    }, pause);
  }

  /**
   * @param {Waiting} waiting
   * @param {any} answer
   */
  #answered(waiting, answer) {
    if (answer.ok) waiting.resolve(answer);
    else waiting.reject(new ProblemError(answer.error));
  }

  /**
   * @param {Waiting} waiting
   * @param {() => void} how
   */
  #settle(waiting, how) {
    if (this.#waiting.delete(waiting)) how();
  }
}
