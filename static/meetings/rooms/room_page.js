// @ts-check
/** `<room-page>`: the three views of a room (before joining, the lobby, the call) around one `RoomCall`. */

import { delegate } from "parvis/core/dom.js";
import { t } from "parvis/core/i18n.js";
import { live } from "parvis/core/live.js";
import { ProblemError } from "parvis/core/problem.js";
import { toast } from "parvis/core/toast.js";
import { Allowance } from "parvis/meetings/rooms/allowance.js";
import { Announcer } from "parvis/meetings/rooms/announcer.js";
import { ChatPanel, PeoplePanel, togglePanel } from "parvis/meetings/rooms/panels.js";
import { Prejoin } from "parvis/meetings/rooms/prejoin.js";
import { RoomCall } from "parvis/meetings/rooms/room_call.js";
import { Stage } from "parvis/meetings/rooms/stage.js";
import { WakeLock } from "parvis/meetings/rooms/wake_lock.js";

const SHORTCUTS = new Map([
  ["m", "microphone"],
  ["v", "camera"],
  ["h", "hand"],
]);

/** @typedef {import("./local_media.js").TroubleEvent} TroubleEvent */

/** Ends that this page has words for. After any other one it loads anew, and the portal says what is so. */
const EXPLAINED = new Set(["left", "closed", "removed", "refused", "elsewhere"]);

/** Kept for the tab: a reload goes back to the same seat without a click. */
const seatedKey = (/** @type {string} */ roomId) => `parvis.room.${roomId}`;

export class RoomPage extends HTMLElement {
  /** @type {(() => void)[]} */
  #stops = [];
  /** @type {RoomCall | null} */
  call = null;

  connectedCallback() {
    const roomId = this.dataset.room ?? "";
    this.call = new RoomCall(live, roomId, null);
    this.allowance = new Allowance(this.call);
    this.prejoin = new Prejoin(this.#part('[data-view="prejoin"]'), this.call.local);
    this.wakeLock = new WakeLock();
    this.#listen(this.call);
    this.#stops.push(
      delegate(this, "submit", "[data-join]", (form, event) => {
        event.preventDefault();
        this.#join(/** @type {HTMLFormElement} */ (form));
      }),
      delegate(this, "click", "[data-control]", (button, event) => this.#control(button.dataset.control ?? "", event)),
      delegate(this, "click", "[data-closes-panel]", (button) => togglePanel(this, button.dataset.closesPanel ?? "")),
      delegate(this, "click", "[data-layout-choice]", (button) =>
        this.#layout(button.dataset.layoutChoice ?? "speaker"),
      ),
      delegate(this, "click", "[data-play]", (button) => this.stage?.play().then(() => (button.hidden = true))),
      delegate(this, "click", "[data-again]", () => location.reload()),
    );
    const onKey = (/** @type {KeyboardEvent} */ event) => this.#key(event);
    document.addEventListener("keydown", onKey);
    this.#stops.push(() => document.removeEventListener("keydown", onKey));
    // Pressed before this, it would send the form as if there were no script.
    this.#part("[data-when-ready]").removeAttribute("disabled");
    this.#begin(roomId);
  }

  disconnectedCallback() {
    for (const stop of this.#stops) stop();
    this.prejoin?.stop();
    this.call?.local.close();
    this.call?.peer?.close();
    this.wakeLock?.release();
  }

  /** @param {string} selector @returns {HTMLElement} */
  #part(selector) {
    return /** @type {HTMLElement} */ (this.querySelector(selector));
  }

  /** @param {string} roomId */
  async #begin(roomId) {
    const kept = JSON.parse(sessionStorage.getItem(seatedKey(roomId)) ?? "null");
    if (!kept) return this.prejoin?.start();
    try {
      await Promise.all([
        this.#enter(kept.guestName),
        ...kept.on.map((/** @type {"camera"} */ source) => this.call?.local.set(source, true)),
      ]);
    } catch (error) {
      this.#refused(error);
      await this.prejoin?.start();
    }
  }

  /** @param {RoomCall} call */
  #listen(call) {
    call.addEventListener("changed", () => this.#draw());
    call.addEventListener("ended", (event) => this.#ended(/** @type {CustomEvent} */ (event).detail));
    call.local.addEventListener("local", () => this.#draw());
    call.local.addEventListener("trouble", (event) => this.#troubled(/** @type {TroubleEvent} */ (event)));
  }

  /** In the call, say what a device does; before it, `Prejoin` shows how to repair it. @param {TroubleEvent} event */
  #troubled(event) {
    if (!this.call?.state?.isIn) return;
    const title = this.#template(`data-repair="${event.problem}"`).content.querySelector(".banner__title");
    toast(event.source === "screen" ? t("no-screen") : (title?.textContent ?? event.problem));
  }

  /** @param {HTMLFormElement} form */
  async #join(form) {
    const name = form.querySelector("[name=guest_name]");
    this.#part("[data-join-error]").hidden = true;
    try {
      await this.#enter(name instanceof HTMLInputElement ? name.value : null);
    } catch (error) {
      this.#refused(error);
    }
  }

  /** The server's words above the button, and what it says of a field. @param {unknown} error */
  #refused(error) {
    const words = this.#part("[data-join-error]");
    const fields = error instanceof ProblemError ? Object.values(error.fields ?? {}) : [];
    words.textContent = fields[0] ?? (error instanceof Error ? error.message : String(error));
    words.hidden = false;
  }

  /** @param {string | null} guestName */
  async #enter(guestName) {
    const call = /** @type {RoomCall} */ (this.call);
    call.guestName = guestName;
    // The form is not sent without the tick, and a page that comes back was let in with it.
    call.agrees = guestName !== null;
    this.#furnish(call);
    try {
      await call.enter();
    } catch (error) {
      sessionStorage.removeItem(seatedKey(call.roomId));
      this.#view("prejoin");
      throw error;
    }
    this.prejoin?.stop();
    if (!call.state || call.isOver) return;
    this.wakeLock?.hold();
    this.#draw();
    const title = this.#part(call.state.isIn ? "[data-call-title]" : "#lobby-title");
    title.tabIndex = -1;
    title.focus();
  }

  /** Make what shows the room, once: a second attempt to join finds it there. @param {RoomCall} call */
  #furnish(call) {
    if (this.stage) return;
    const failed = (/** @type {unknown} */ error) => toast(error instanceof Error ? error.message : String(error));
    const template = this.#template("data-tile");
    const play = this.#part("[data-play]");
    this.stage = new Stage(this.#part(".stage"), template, call, (isBlocked) => (play.hidden = !isBlocked));
    this.people = new PeoplePanel(this, call, failed);
    this.chat = new ChatPanel(this, call, failed);
    this.announcer = new Announcer(this.#part("[data-announce]"), call, this.stage.watching);
  }

  /** @param {string} name @returns {HTMLTemplateElement} */
  #template(name) {
    return /** @type {HTMLTemplateElement} */ (this.querySelector(`template[${name}]`));
  }

  #draw() {
    const state = this.call?.state;
    if (!state || !this.call || !this.stage || this.call.isOver) return;
    this.#view(state.isIn ? "call" : "lobby");
    if (!state.isIn) return;
    this.allowance?.obey();
    this.stage.draw(state);
    this.people?.draw(state);
    this.chat?.draw(state);
    const own = state.seat(state.own.id);
    for (const source of /** @type {const} */ (["microphone", "camera", "screen"])) {
      this.#press(source, this.call.local.isOn(source));
    }
    this.#press("hand", Boolean(own?.hand_raised_at));
    this.#part("[data-line]").textContent = this.#lineWords();
    this.#keepSeat();
  }

  #lineWords() {
    if (live.state === "away") return t("reconnecting");
    const line = this.call?.peer?.connection.connectionState;
    if (line === "connected") return this.#weaknessWords();
    return t(line === "failed" || line === "disconnected" ? "reconnecting" : "connecting");
  }

  /** What a weak line leaves out; else that the others may not hear this person well. */
  #weaknessWords() {
    const state = this.call?.state;
    if (state && state.shown !== "all") return t(`line-${state.shown}`);
    return state?.isWeak(state.own.id) ? t("line-own") : "";
  }

  #keepSeat() {
    const { local, roomId, guestName } = /** @type {RoomCall} */ (this.call);
    const on = ["microphone", "camera"].filter((source) => local.isOn(/** @type {"camera"} */ (source)));
    sessionStorage.setItem(seatedKey(roomId), JSON.stringify({ guestName, on }));
  }

  /** @param {string} control @param {boolean} pressed */
  #press(control, pressed) {
    const button = this.#part(`[data-view="call"] [data-control="${control}"]`);
    if (button.getAttribute("aria-pressed") !== String(pressed)) button.setAttribute("aria-pressed", String(pressed));
  }

  /** @param {string} name */
  #view(name) {
    for (const view of this.querySelectorAll("[data-view]")) {
      view.toggleAttribute("hidden", /** @type {HTMLElement} */ (view).dataset.view !== name);
    }
    document.body.classList.toggle("page--call", name === "call");
  }

  /** @param {string} control @param {Event} event */
  async #control(control, event) {
    const call = /** @type {RoomCall} */ (this.call);
    if (control === "people" || control === "chat") return togglePanel(this, control);
    if (control === "leave") {
      event.preventDefault();
      return call.leave().catch(() => undefined);
    }
    if (control === "hand") {
      const up = Boolean(call.state?.seat(call.state.own.id)?.hand_raised_at);
      return call.raiseHand(!up).catch((error) => toast(error.message));
    }
    const source = /** @type {"microphone" | "camera" | "screen"} */ (control);
    const on = !call.local.isOn(source);
    if (!on || this.allowance?.allows(source)) call.local.set(source, on);
  }

  /** @param {string} name */
  #layout(name) {
    this.#part(".stage").dataset.layout = name;
    for (const choice of this.querySelectorAll("[data-layout-choice]")) {
      choice.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (choice).dataset.layoutChoice === name));
    }
    this.#draw();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.call?.state?.isIn || this.call.isOver) return;
    const open = this.querySelector(".panel:not([hidden])");
    // An open menu inside the panel is closed first (core/page.js), and so is a dialog over it.
    const isMenuOpen = this.querySelector("details[data-hanging][open], dialog[open]") !== null;
    if (event.key === "Escape" && open && !isMenuOpen) togglePanel(this, open.id.replace("panel-", ""));
    const isTyping = event.target instanceof Element && event.target.closest("input, textarea, select");
    const control = isTyping ? undefined : SHORTCUTS.get(event.key.toLowerCase());
    if (control && !event.repeat) this.#control(control, event);
  }

  /** @param {string} reason */
  #ended(reason) {
    sessionStorage.removeItem(seatedKey(this.call?.roomId ?? ""));
    this.wakeLock?.release();
    if (!EXPLAINED.has(reason)) return location.reload();
    this.#view("ended");
    const title = this.#part("[data-ended-title]");
    title.textContent = t(`ended-${reason}`);
    title.focus();
  }
}
