// @ts-check
/** The panels beside the stage: who is here and who waits, and the chat. */

import { delegate } from "parvis/core/dom.js";
import { t } from "parvis/core/i18n.js";
import { toast } from "parvis/core/toast.js";

/** @typedef {import("./room_call.js").RoomCall} RoomCall */
/** @typedef {import("./room_state.js").RoomState} RoomState */
/** @typedef {import("./room_state.js").Seat} Seat */
/** @typedef {import("./room_state.js").ChatLine} ChatLine */

/** @param {HTMLElement} root @param {string} selector @returns {HTMLElement} */
const part = (root, selector) => /** @type {HTMLElement} */ (root.querySelector(selector));

/** @param {HTMLElement} root @param {string} name @returns {HTMLElement} */
function cloneOf(root, name) {
  const template = /** @type {HTMLTemplateElement} */ (root.querySelector(`template[${name}]`));
  return /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
}

export class PeoplePanel {
  /** Who has been seen waiting. @type {Set<string>} */
  #seen = new Set();

  /**
   * @param {HTMLElement} root
   * @param {RoomCall} call
   * @param {(error: unknown) => void} onError
   */
  constructor(root, call, onError) {
    this.root = root;
    this.call = call;
    delegate(root, "click", "[data-act]", (button) => this.#act(button).catch(onError));
    delegate(root, "click", "[data-lock]", (button) =>
      call.lock(button.getAttribute("aria-pressed") !== "true").catch(onError),
    );
    delegate(root, "click", "[data-close-room]", () => call.close().catch(onError));
  }

  /** @param {RoomState} state */
  draw(state) {
    part(this.root, "[data-lobby]").hidden = state.waiting.length === 0;
    reconcile(
      part(this.root, "[data-waiting]"),
      state.waiting,
      () => cloneOf(this.root, "data-knock"),
      (row, seat) => {
        part(row, "[data-name]").textContent = seat.name;
      },
    );
    reconcile(
      part(this.root, "[data-people]"),
      state.people,
      () => cloneOf(this.root, "data-person"),
      (row, seat) => this.#describe(row, seat, state),
    );
    const lock = this.root.querySelector("[data-lock]");
    lock?.setAttribute("aria-pressed", String(state.room.is_locked));
    this.#countWaiting(state.waiting);
  }

  /** On the button that opens the panel, so that nobody is left at the door unseen. @param {Seat[]} waiting */
  #countWaiting(waiting) {
    const count = part(this.root, "[data-waiting-count]");
    count.hidden = waiting.length === 0;
    const words = t("waiting", { count: waiting.length });
    if (count.textContent !== words) count.textContent = words;
    for (const seat of waiting) if (!this.#seen.has(seat.id)) toast(t("knocks", { name: seat.name }));
    this.#seen = new Set(waiting.map((seat) => seat.id));
  }

  /** @param {HTMLElement} row @param {Seat} seat @param {RoomState} state */
  #describe(row, seat, state) {
    const isOwn = seat.id === state.own.id;
    part(row, "[data-name]").textContent = isOwn ? `${seat.name} (${t("you")})` : seat.name;
    const isHeard = isOwn ? this.call.local.isOn("microphone") : state.on(seat.id).microphone;
    const words = [
      seat.is_host && t("host"),
      seat.is_guest && t("guest"),
      t(isHeard ? "mic-on" : "mic-off"),
      seat.hand_raised_at && t("hand-up"),
    ];
    part(row, "[data-more]").textContent = words.filter(Boolean).join(" · ");
    row.querySelector("[data-moderate]")?.toggleAttribute("hidden", isOwn);
    for (const source of /** @type {const} */ (["microphone", "camera", "screen"])) {
      const label = row.querySelector(`[data-act="${source}"] span`);
      const short = source === "microphone" ? "mic" : source;
      if (label) label.textContent = t(`${short}-${seat.may[source] ? "forbid" : "permit"}`);
    }
  }

  /** @param {HTMLElement} button */
  async #act(button) {
    const seatId = button.closest("li")?.dataset.seat ?? "";
    const act = button.dataset.act ?? "";
    button.closest("details")?.removeAttribute("open");
    if (act === "admitted" || act === "refused" || act === "removed") return this.call.decide(seatId, act);
    const source = /** @type {"microphone" | "camera" | "screen"} */ (act);
    return this.call.allow(seatId, { [source]: !this.call.state?.seat(seatId)?.may[source] });
  }
}

export class ChatPanel {
  /** @type {Set<string>} */
  #shown = new Set();

  /**
   * @param {HTMLElement} root
   * @param {RoomCall} call
   * @param {(error: unknown) => void} onError
   */
  constructor(root, call, onError) {
    this.root = root;
    this.log = part(root, "[data-chat]");
    delegate(root, "submit", "[data-chat-form]", (form, event) => {
      event.preventDefault();
      const field = /** @type {HTMLInputElement} */ (form.querySelector("input[name=text]"));
      const text = field.value.trim();
      field.value = "";
      // What could not be sent goes back into the field: nothing that was written is lost.
      if (text) call.write(text).catch((error) => ((field.value = text), onError(error)));
    });
  }

  /** @param {RoomState} state */
  draw(state) {
    for (const line of state.chat) {
      if (this.#shown.has(line.id)) continue;
      this.#shown.add(line.id);
      const said = cloneOf(this.root, "data-said");
      part(said, "strong").textContent = line.name;
      const time = /** @type {HTMLTimeElement} */ (said.querySelector("time"));
      time.dateTime = line.at;
      time.textContent = new Date(line.at).toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
      part(said, "p:last-child").textContent = line.text;
      this.log.append(said);
      said.scrollIntoView({ block: "end" });
    }
  }
}

/**
 * Open a panel and close the others, or close it. The focus goes into what opens, and back to its button.
 * @param {HTMLElement} root
 * @param {string} name
 */
export function togglePanel(root, name) {
  for (const panel of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(".panel"))) {
    const isIt = panel.id === `panel-${name}`;
    panel.hidden = isIt ? !panel.hidden : true;
    const opener = part(root, `[data-view="call"] [data-control="${panel.id.replace("panel-", "")}"]`);
    opener.setAttribute("aria-expanded", String(!panel.hidden));
    if (isIt && panel.hidden) opener.focus();
    else if (isIt) (panel.querySelector("input") ?? part(panel, ".dialog__close")).focus();
  }
}

/**
 * Make a list's rows those of these seats, in their order, keeping rows (and the focus in them) that stay.
 * @param {HTMLElement} list
 * @param {Seat[]} seats
 * @param {() => HTMLElement} create
 * @param {(row: HTMLElement, seat: Seat) => void} describe
 */
function reconcile(list, seats, create, describe) {
  const rows = new Map([...list.children].map((row) => [/** @type {HTMLElement} */ (row).dataset.seat, row]));
  seats.forEach((seat, index) => {
    let row = /** @type {HTMLElement | undefined} */ (rows.get(seat.id));
    rows.delete(seat.id);
    if (!row) {
      row = create();
      row.dataset.seat = seat.id;
    }
    describe(row, seat);
    if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
  });
  for (const row of rows.values()) row.remove();
}
