/**
 * Following streams by number: nothing lost, nothing shown twice (docs/live-protocol.md, `stream:advanced`).
 */

/** @typedef {import("parvis/core/live_line.js").Line} Line */
/** @typedef {{number: number, kind: string, body: any}} Entry */
/** @typedef {{stream: string, after: number, upto: number, entries: Entry[]}} Frame */

/**
 * New entries, in order, never one twice. What it throws counts as "could not be shown": the follower is told to reload.
 * @callback OnEntries
 * @param {Entry[]} entries
 * @param {number} upto the number that the page now has
 */

/**
 * The page has to load its content anew and, if it goes on living, follow again from that content's number.
 * @callback OnReload
 * @param {"behind" | "refused" | "failed"} reason
 */

/** @typedef {{last: number | null, onEntries: OnEntries, onReload: OnReload}} Follower */

const ASK_AGAIN_MS = 2000;
const FINAL = new Set(["stream-refused", "malformed-message", "unknown-message"]);

export class Streams {
  /** @type {Map<string, Following>} */
  #followed = new Map();

  /** @param {Line} line */
  constructor(line) {
    this.line = line;
    line.addEventListener("up", () => this.#each((following) => following.ask()));
    line.addEventListener("down", () => this.#each((following) => following.lineLost()));
    line.socket.on("stream:advanced", (/** @type {Frame} */ frame) => this.#followed.get(frame.stream)?.take(frame));
  }

  /**
   * @param {string} stream
   * @param {number | null} after
   * @param {OnEntries} onEntries
   * @param {OnReload} onReload
   * @returns {() => void} ends it
   */
  follow(stream, after, onEntries, onReload) {
    const following =
      this.#followed.get(stream) ?? new Following(this.line, stream, () => this.#followed.delete(stream));
    this.#followed.set(stream, following);
    return following.join({ last: after, onEntries, onReload });
  }

  /** @param {(following: Following) => void} act */
  #each(act) {
    for (const following of [...this.#followed.values()]) act(following);
  }
}

/** One stream and its followers on this page, who may hold different numbers. */
class Following {
  /** @type {Set<Follower>} */
  #followers = new Set();
  /** Everybody has at least this; null: nobody has a number yet. @type {number | null} */
  #last = null;
  /** The question that is being asked; an answer to an older one is stale. */
  #question = 0;
  #isAsking = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #again;

  /**
   * @param {Line} line
   * @param {string} stream
   * @param {() => void} forget called when nobody follows any more
   */
  constructor(line, stream, forget) {
    this.line = line;
    this.stream = stream;
    this.forget = forget;
  }

  /** @param {Follower} follower */
  join(follower) {
    const isFirst = this.#followers.size === 0;
    this.#followers.add(follower);
    if (isFirst || (follower.last !== null && (this.#last === null || follower.last < this.#last))) {
      this.#last = follower.last;
      this.ask();
    } else {
      follower.last ??= this.#last;
    }
    return () => this.#part(follower);
  }

  ask() {
    clearTimeout(this.#again);
    if (!this.line.socket.connected || this.#followers.size === 0) return;
    this.#isAsking = true;
    const question = (this.#question += 1);
    const body = { stream: this.stream, after: this.#last };
    this.line.socket.emit("stream:follow", body, (/** @type {any} */ answer) => {
      if (question === this.#question) this.#answered(answer);
    });
  }

  lineLost() {
    clearTimeout(this.#again);
    this.#question += 1;
    if (this.line.state === "ended") this.#isAsking = false;
  }

  /** @param {Frame} frame */
  take(frame) {
    // While an answer is awaited frames may be left aside: it will cover them.
    if (this.#isAsking || this.#last === null || frame.upto <= this.#last) return;
    if (frame.after > this.#last) this.ask();
    else this.#give(frame.entries, frame.upto);
  }

  /** @param {any} answer */
  #answered(answer) {
    this.#isAsking = false;
    if (answer.ok && answer.reload) this.#reload("behind");
    else if (answer.ok) this.#give(answer.entries, answer.upto);
    else if (FINAL.has(answer.error.code)) this.#reload("refused");
    else this.#again = setTimeout(() => this.ask(), ASK_AGAIN_MS);
  }

  /**
   * @param {Entry[]} entries
   * @param {number} upto
   */
  #give(entries, upto) {
    this.#last = upto;
    for (const follower of [...this.#followers]) {
      const { last } = follower;
      const fresh = last === null ? entries : entries.filter((entry) => entry.number > last);
      follower.last = Math.max(last ?? 0, upto);
      if (fresh.length > 0) this.#show(follower, fresh, upto);
    }
  }

  /**
   * @param {Follower} follower
   * @param {Entry[]} entries
   * @param {number} upto
   */
  #show(follower, entries, upto) {
    try {
      follower.onEntries(entries, upto);
    } catch (error) {
      reportError(error);
      this.#part(follower);
      follower.onReload("failed");
    }
  }

  /** @param {"behind" | "refused"} reason */
  #reload(reason) {
    const followers = [...this.#followers];
    this.#followers.clear();
    this.forget();
    for (const follower of followers) follower.onReload(reason);
  }

  /** @param {Follower} follower */
  #part(follower) {
    if (!this.#followers.delete(follower) || this.#followers.size > 0) return;
    clearTimeout(this.#again);
    this.#question += 1;
    this.forget();
    if (this.line.socket.connected) this.line.socket.emit("stream:leave", { stream: this.stream }, () => {});
  }
}
