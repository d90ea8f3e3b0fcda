// @ts-check
/**
 * Before joining: own picture, a level that moves, choice of devices, and what to do when one cannot be had. Nothing
 * here stands in the way of joining: with sound alone, or with nothing, works.
 */

import { t } from "parvis/core/i18n.js";
import { listDevices, onDevicesChanged } from "parvis/media/devices.js";
import { LevelMeter } from "parvis/media/level.js";

/** @typedef {import("./local_media.js").LocalMedia} LocalMedia */
/** @typedef {import("./local_media.js").TroubleEvent} TroubleEvent */

/** @type {("camera" | "microphone")[]} */
const KINDS = ["camera", "microphone"];

export class Prejoin {
  /** @type {LevelMeter | null} */
  #meter = null;
  /** @type {(() => void)[]} */
  #stops = [];

  /**
   * @param {HTMLElement} view
   * @param {LocalMedia} local
   */
  constructor(view, local) {
    this.view = view;
    this.local = local;
  }

  /** Open the devices and show them. */
  async start() {
    const shown = () => this.#show();
    const trouble = (/** @type {Event} */ event) => this.#explain(/** @type {TroubleEvent} */ (event));
    this.local.addEventListener("local", shown);
    this.local.addEventListener("trouble", trouble);
    this.#stops = [
      () => this.local.removeEventListener("local", shown),
      () => this.local.removeEventListener("trouble", trouble),
      onDevicesChanged(() => this.#listDevices()),
    ];
    for (const kind of KINDS) {
      this.#select(kind)?.addEventListener("change", (event) => {
        if (event.target instanceof HTMLSelectElement) this.local.choose(kind, event.target.value);
      });
    }
    await this.open();
  }

  /** Ask for both devices; one that is refused does not keep the other off. */
  async open() {
    this.view.querySelector("[data-repairs]")?.replaceChildren();
    for (const kind of KINDS) await this.local.set(kind, true);
    await this.#listDevices();
  }

  /** Stop showing; the devices stay open for the call. */
  stop() {
    for (const stop of this.#stops) stop();
    this.#meter?.stop();
    this.#meter = null;
  }

  /** @param {string} kind */
  #select(kind) {
    return /** @type {HTMLSelectElement | null} */ (this.view.querySelector(`select[name="${kind}"]`));
  }

  #show() {
    const video = /** @type {HTMLVideoElement} */ (this.view.querySelector("[data-preview]"));
    const camera = this.local.isOn("camera") ? this.local.track("camera") : null;
    video.hidden = camera === null;
    this.view.querySelector("[data-no-picture]")?.toggleAttribute("hidden", camera !== null);
    video.srcObject = camera && new MediaStream([camera]);
    for (const kind of KINDS) {
      this.view.querySelector(`[data-control="${kind}"]`)?.setAttribute("aria-pressed", String(this.local.isOn(kind)));
    }
    this.#measure(this.local.isOn("microphone") ? this.local.track("microphone") : null);
  }

  /** @param {MediaStreamTrack | null} track */
  #measure(track) {
    if (this.#meter?.track === track) return;
    this.#meter?.stop();
    const bar = /** @type {HTMLMeterElement} */ (this.view.querySelector("[data-level]"));
    bar.value = 0;
    this.#meter = track && new LevelMeter(track);
    this.#meter?.addEventListener("level", (event) => {
      bar.value = 100 * /** @type {import("parvis/media/level.js").LevelEvent} */ (event).level;
    });
    this.#meter?.start();
  }

  async #listDevices() {
    for (const kind of KINDS) {
      const select = this.#select(kind);
      const devices = await listDevices(kind);
      const options = devices.map((device) => new Option(device.label || t("system-choice"), device.deviceId));
      select?.replaceChildren(...(options.length ? options : [new Option(t("no-devices"), "")]));
      if (select) select.value = this.local.deviceId(kind) || (devices[0]?.deviceId ?? "");
    }
  }

  /** @param {TroubleEvent} event */
  #explain(event) {
    const template = this.view.ownerDocument.querySelector(`template[data-repair="${event.problem}"]`);
    if (!(template instanceof HTMLTemplateElement)) return;
    const place = this.view.querySelector("[data-repairs]");
    place?.replaceChildren(template.content.cloneNode(true));
    place?.querySelector("[data-retry]")?.addEventListener("click", () => this.open());
    this.#show();
  }
}
