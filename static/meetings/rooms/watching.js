// @ts-check
/**
 * What this page shows of the others, for the media worker: who is pinned large, whose tiles are in sight, how high
 * tiles are. Nobody is sent a picture that is not seen, nor a larger one than there is room for.
 */

/** @typedef {import("./room_call.js").RoomCall} RoomCall */
/** @typedef {import("./room_state.js").RoomState} RoomState */

/** Scrolling and resizing are told once they have come to rest. */
const REST_MS = 200;
/** Heights are told in steps, so that a window's edge moved by a little changes nothing. */
const STEP_PX = 60;

/** Fires when somebody was pinned, or is pinned no longer. */
export class PinnedEvent extends Event {
  /** @param {string} name @param {boolean} isPinned */
  constructor(name, isPinned) {
    super("pinned");
    this.name = name;
    this.isPinned = isPinned;
  }
}

export class Watching extends EventTarget {
  /** @type {string | null} the seat that this person keeps large */
  pinned = null;
  /** @type {Set<string>} */
  #inSight = new Set();
  /** Nothing is told before the tiles have been looked at. */
  #hasLooked = false;
  #told = "";
  /** @type {import("parvis/media/peer.js").MediaPeer | null} the connection for which it was told */
  #toldFor = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #resting;

  /**
   * @param {HTMLElement} stage
   * @param {HTMLElement} strip
   * @param {HTMLElement} large
   * @param {RoomCall} call
   */
  constructor(stage, strip, large, call) {
    super();
    this.stage = stage;
    this.strip = strip;
    this.large = large;
    this.call = call;
    this.sight = new IntersectionObserver((entries) => this.#look(entries), { root: strip });
    this.sizes = new ResizeObserver(() => this.#settle());
    this.sizes.observe(strip);
    this.sizes.observe(large);
    call.addEventListener("changed", () => this.#settle());
    call.addEventListener("ended", () => this.#stop());
  }

  /** Whether a tile is in sight counts from now on. @param {HTMLElement} tile */
  add(tile) {
    this.sight.observe(tile);
  }

  /** @param {HTMLElement} tile */
  remove(tile) {
    this.sight.unobserve(tile);
    this.#inSight.delete(tile.dataset.seat ?? "");
  }

  /** Keep somebody large from now on, or no longer. @param {string} id */
  toggle(id) {
    const before = this.pinned;
    this.pinned = before === id ? null : id;
    const name = this.call.state?.seat(id)?.name ?? "";
    this.dispatchEvent(new PinnedEvent(name, this.pinned !== null));
    this.#settle();
  }

  /** Whoever has left is pinned no longer. @param {RoomState} state */
  forgetGone(state) {
    if (this.pinned !== null && state.seat(this.pinned)?.state !== "admitted") this.pinned = null;
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #look(entries) {
    this.#hasLooked = true;
    for (const { target, isIntersecting } of entries) {
      const id = /** @type {HTMLElement} */ (target).dataset.seat ?? "";
      if (isIntersecting) this.#inSight.add(id);
      else this.#inSight.delete(id);
    }
    this.#settle();
  }

  #settle() {
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => this.#tell(), REST_MS);
  }

  #tell() {
    const peer = this.call.peer;
    if (!this.#hasLooked || peer?.connection.connectionState !== "connected") return;
    const wanted = this.#wanted();
    const words = JSON.stringify(wanted);
    if (words === this.#told && peer === this.#toldFor) return;
    this.#told = words;
    this.#toldFor = peer;
    this.call.watch(wanted).catch(() => (this.#told = ""));
  }

  #wanted() {
    const isGrid = this.stage.dataset.layout === "grid";
    const small = heightOf(this.strip.firstElementChild);
    return {
      large: this.pinned,
      small: [...this.#inSight].filter((id) => id !== this.call.state?.own.id).sort(),
      small_height: small,
      large_height: isGrid ? small : heightOf(this.large),
    };
  }

  #stop() {
    clearTimeout(this.#resting);
    this.sight.disconnect();
    this.sizes.disconnect();
  }
}

/** In device pixels. @param {Element | null} element */
function heightOf(element) {
  const pixels = (element?.clientHeight ?? 0) * devicePixelRatio;
  return Math.min(Math.ceil(pixels / STEP_PX) * STEP_PX, 8640);
}
