// @ts-check
/**
 * This person's own microphone, camera and screen: what is open, what is published, what went wrong.
 *
 * Muting keeps the microphone open, so that speaking again is immediate; a camera that is off is closed, so that its
 * light is off too. An unplugged device is replaced by another one, or switched off, and the call goes on.
 */

import { DeviceError, onUnplugged, openDevice, openScreen } from "parvis/media/devices.js";

/** @typedef {import("parvis/media/peer.js").Source} Source */
/** @typedef {import("parvis/media/peer.js").MediaPeer} MediaPeer */
/** @typedef {import("parvis/media/devices.js").DeviceProblem} DeviceProblem */
/** @typedef {"microphone" | "camera"} Device */

/** Fires when a source went on or off or its track changed. */
export class LocalEvent extends Event {
  /** @param {Source} source */
  constructor(source) {
    super("local");
    this.source = source;
  }
}

/** Fires when a device cannot be had. */
export class TroubleEvent extends Event {
  /**
   * @param {Source} source
   * @param {DeviceProblem} problem
   */
  constructor(source, problem) {
    super("trouble");
    this.source = source;
    this.problem = problem;
  }
}

export class LocalMedia extends EventTarget {
  /** @type {Map<Source, MediaStreamTrack>} */
  #tracks = new Map();
  /** @type {Set<Source>} */
  #on = new Set();
  /** @type {Map<Device, string>} */
  #chosen = new Map();
  /** @type {MediaPeer | null} */
  #peer = null;

  /** @param {Source} source */
  isOn(source) {
    return this.#on.has(source);
  }

  /** The open track, published or not. @param {Source} source */
  track(source) {
    return this.#tracks.get(source) ?? null;
  }

  /** Which device is in use. @param {Device} kind */
  deviceId(kind) {
    return this.track(kind)?.getSettings().deviceId ?? this.#chosen.get(kind) ?? "";
  }

  /** Publish through this connection from now on, whatever is on. @param {MediaPeer | null} peer */
  async publishTo(peer) {
    this.#peer = peer;
    for (const source of this.#on) await peer?.publish(source, this.track(source));
  }

  /** @param {Source} source @param {boolean} on */
  async set(source, on) {
    if (on) await this.#switchOn(source);
    else await this.#switchOff(source);
    this.dispatchEvent(new LocalEvent(source));
  }

  /** Use another device from now on, at once if its source is on. @param {Device} kind @param {string} deviceId */
  async choose(kind, deviceId) {
    this.#chosen.set(kind, deviceId);
    const before = this.track(kind);
    if (!before) return;
    this.#tracks.delete(kind);
    before.stop();
    await this.set(kind, this.isOn(kind));
    if (kind === "microphone" && !this.isOn(kind)) await this.#open(kind);
  }

  /** Close every device. */
  close() {
    for (const track of this.#tracks.values()) track.stop();
    this.#tracks.clear();
    this.#on.clear();
    this.#peer = null;
  }

  /** @param {Source} source */
  async #switchOn(source) {
    const track = this.track(source) ?? (await this.#open(source));
    if (!track) return;
    this.#on.add(source);
    await this.#peer?.publish(source, track);
  }

  /** @param {Source} source */
  async #switchOff(source) {
    this.#on.delete(source);
    await this.#peer?.publish(source, null);
    if (source === "microphone") return;
    this.track(source)?.stop();
    this.#tracks.delete(source);
  }

  /** @param {Source} source @returns {Promise<MediaStreamTrack | null>} */
  async #open(source) {
    try {
      const track = source === "screen" ? await openScreen() : await openDevice(source, this.#chosen.get(source));
      if (!track) return null;
      this.#tracks.set(source, track);
      this.#watch(source, track);
      return track;
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      this.dispatchEvent(new TroubleEvent(source, error.problem));
      return null;
    }
  }

  /** @param {Source} source @param {MediaStreamTrack} track */
  #watch(source, track) {
    if (source === "screen") {
      // The browser's own "stop sharing" button.
      track.addEventListener("ended", () => this.set("screen", false), { once: true });
      return;
    }
    onUnplugged(source, track, (other) => this.#replaced(source, track, other));
  }

  /**
   * @param {Device} source
   * @param {MediaStreamTrack} gone
   * @param {MediaStreamTrack | null} other
   */
  async #replaced(source, gone, other) {
    if (this.track(source) !== gone) {
      other?.stop();
      return;
    }
    this.#tracks.delete(source);
    if (other) {
      this.#tracks.set(source, other);
      this.#watch(source, other);
    } else {
      this.dispatchEvent(new TroubleEvent(source, "missing"));
    }
    await this.set(source, this.isOn(source) && other !== null);
  }
}
