// @ts-check
/**
 * The pictures: one large, everybody in a strip whose order never changes, a shared screen before everything else.
 * A tile belongs to a person and stays where it is; only the track that it shows moves between receiving slots.
 */

import { delegate } from "parvis/core/dom.js";
import { t } from "parvis/core/i18n.js";
import { Watching } from "parvis/meetings/rooms/watching.js";

/** @typedef {import("./room_call.js").RoomCall} RoomCall */
/** @typedef {import("./room_state.js").Seat} Seat */
/** @typedef {import("./room_state.js").RoomState} RoomState */

export class Stage {
  /** @type {Map<string, HTMLElement>} */
  #tiles = new Map();
  /** @type {Map<string, HTMLAudioElement>} */
  #voices = new Map();

  /**
   * @param {HTMLElement} stage
   * @param {HTMLTemplateElement} template of a tile
   * @param {RoomCall} call
   * @param {(isBlocked: boolean) => void} onBlocked told whether the browser plays no sound before a touch
   */
  constructor(stage, template, call, onBlocked) {
    this.strip = /** @type {HTMLElement} */ (stage.querySelector(".stage__strip"));
    this.large = /** @type {HTMLElement} */ (stage.querySelector(".stage__large"));
    this.stage = stage;
    this.template = template;
    this.call = call;
    this.onBlocked = onBlocked;
    /** @type {HTMLElement | null} */
    this.largeTile = null;
    this.watching = new Watching(stage, this.strip, this.large, call);
    delegate(stage, "click", "[data-pin]", (button) => {
      this.watching.toggle(button.dataset.pin ?? "");
      if (call.state) this.draw(call.state);
    });
  }

  /** Draw the room as it stands. @param {RoomState} state */
  draw(state) {
    this.watching.forgetGone(state);
    this.#drawStrip(state);
    this.#drawLarge(state);
    this.#playVoices();
  }

  /** Start sounds that the browser held back. */
  async play() {
    for (const voice of this.#voices.values()) await voice.play().catch(() => undefined);
  }

  /** @param {RoomState} state */
  #drawStrip(state) {
    const people = state.people;
    const here = new Set(people.map((seat) => seat.id));
    for (const [id, tile] of this.#tiles) {
      if (!here.has(id)) {
        this.watching.remove(tile);
        tile.remove();
        this.#tiles.delete(id);
      }
    }
    people.forEach((seat, index) => {
      const tile = this.#tiles.get(seat.id) ?? this.#newTile(seat.id);
      if (this.strip.children[index] !== tile) this.strip.insertBefore(tile, this.strip.children[index] ?? null);
      const isOwn = seat.id === state.own.id;
      this.#describe(tile, seat, state);
      tile.classList.toggle("tile--own", isOwn);
      this.#offerPin(tile, seat, !isOwn);
      this.#show(tile, isOwn ? this.#ownTrack() : this.#trackOf(state, seat.id, "camera"));
    });
  }

  /** @param {RoomState} state */
  #drawLarge(state) {
    const { layout } = this.stage.dataset;
    const pinned = layout === "screen" && state.presenter ? null : this.watching.pinned;
    const presenter = pinned === null && layout !== "grid" ? state.presenter : null;
    const largeSlot = state.slots.find((slot) => slot.slot === "large" && slot.seat_id !== null);
    const others = state.people.filter((seat) => seat.id !== state.own.id);
    const seat =
      state.seat(pinned ?? presenter ?? largeSlot?.seat_id ?? state.dominant ?? "") ?? others[0] ?? state.people[0];
    if (!seat) return;
    if (!this.largeTile) {
      this.largeTile = this.#cloneTile();
      this.large.append(this.largeTile);
    }
    this.#describe(this.largeTile, seat, state);
    this.largeTile.classList.toggle("tile--screen", presenter !== null);
    this.largeTile.classList.toggle("tile--own", seat.id === state.own.id && presenter === null);
    this.#offerPin(this.largeTile, seat, pinned === seat.id);
    if (presenter) {
      this.#name(this.largeTile, t("screen-of", { name: seat.name }));
      this.#show(
        this.largeTile,
        presenter === state.own.id ? this.call.local.track("screen") : this.#slotTrack("screen"),
      );
    } else {
      const own = seat.id === state.own.id ? this.#ownTrack() : this.#trackOf(state, seat.id, "camera");
      this.#show(this.largeTile, own);
    }
  }

  /** @param {string} id */
  #newTile(id) {
    const tile = this.#cloneTile();
    tile.dataset.seat = id;
    this.#tiles.set(id, tile);
    this.watching.add(tile);
    return tile;
  }

  #cloneTile() {
    return /** @type {HTMLElement} */ (this.template.content.firstElementChild?.cloneNode(true));
  }

  /** @param {HTMLElement} tile @param {Seat} seat @param {RoomState} state */
  #describe(tile, seat, state) {
    const isOwn = seat.id === state.own.id;
    this.#name(tile, isOwn ? `${seat.name} (${t("you")})` : seat.name);
    const initials = tile.querySelector("[data-initials]");
    if (initials) initials.textContent = initialsOf(seat.name);
    const role = tile.querySelector("[data-role]");
    if (role) role.textContent = seat.is_host ? t("host") : seat.is_guest ? t("guest") : "";
    const isHeard = isOwn ? this.call.local.isOn("microphone") : state.on(seat.id).microphone;
    tile.querySelector("[data-muted-sign]")?.toggleAttribute("hidden", isHeard);
    tile.toggleAttribute("data-speaking", state.speaking.includes(seat.id));
    tile.toggleAttribute("data-lost", !isOwn && state.line(seat.id) === "lost");
    tile.toggleAttribute("data-weak", !isOwn && state.isWeak(seat.id));
    tile.toggleAttribute("data-hand", seat.hand_raised_at !== null);
  }

  /** The whole tile keeps its person large, or lets go of them. @param {HTMLElement} tile @param {Seat} seat @param {boolean} isOffered */
  #offerPin(tile, seat, isOffered) {
    const button = /** @type {HTMLElement} */ (tile.querySelector("[data-pin]"));
    const label = t("pin", { name: seat.name });
    button.dataset.pin = seat.id;
    button.hidden = !isOffered;
    if (button.getAttribute("aria-label") !== label) button.setAttribute("aria-label", label);
    button.setAttribute("aria-pressed", String(this.watching.pinned === seat.id));
  }

  /** @param {HTMLElement} tile @param {string} name */
  #name(tile, name) {
    const label = tile.querySelector("[data-name]");
    if (label && label.textContent !== name) label.textContent = name;
  }

  #ownTrack() {
    return this.call.local.isOn("camera") ? this.call.local.track("camera") : null;
  }

  /** @param {RoomState} state @param {string} id @param {string} source */
  #trackOf(state, id, source) {
    const slot = state.slotOf(id, source);
    return slot && state.on(id).camera ? this.#slotTrack(slot) : null;
  }

  /** @param {string} slot */
  #slotTrack(slot) {
    return this.call.peer?.track(slot) ?? null;
  }

  /** Show a track, or nothing, without restarting one that is shown already. @param {HTMLElement} tile @param {MediaStreamTrack | null} track */
  #show(tile, track) {
    const video = /** @type {HTMLVideoElement} */ (tile.querySelector("video"));
    const shown = video.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks()[0] : null;
    video.hidden = track === null;
    if (shown === (track ?? undefined)) return;
    video.muted = true;
    video.srcObject = track && new MediaStream([track]);
    if (track) video.play().catch(() => undefined);
  }

  #playVoices() {
    for (const slot of ["voice-0", "voice-1", "voice-2"]) {
      const track = this.#slotTrack(slot);
      const voice = this.#voices.get(slot) ?? new Audio();
      this.#voices.set(slot, voice);
      const playing = voice.srcObject instanceof MediaStream ? voice.srcObject.getAudioTracks()[0] : undefined;
      if (!track) continue;
      if (playing !== track) voice.srcObject = new MediaStream([track]);
      // After a reload sound may be held back until the microphone is open: asked for again at each change.
      if (voice.paused) {
        voice.play().then(
          () => this.onBlocked(false),
          () => this.onBlocked(voice.paused),
        );
      }
    }
  }
}

/** “Claire Morel” → CM. @param {string} name */
export function initialsOf(name) {
  const words = name.split(/\s+/).filter(Boolean);
  const last = words.length > 1 ? words[words.length - 1] : "";
  return `${words[0]?.[0] ?? ""}${last?.[0] ?? ""}`.toUpperCase();
}
