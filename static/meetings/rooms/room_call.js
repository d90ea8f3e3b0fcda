// @ts-check
/**
 * A person's presence in one room: the live channel on one side, sound and picture on the other, kept up through
 * reloads, lost networks and restarted workers. It knows no page; it fires "changed", "entry" and "ended".
 */

import { newCommandId } from "parvis/core/live.js";
import { MediaPeer } from "parvis/media/peer.js";
import { LocalMedia } from "parvis/meetings/rooms/local_media.js";
import { RoomState } from "parvis/meetings/rooms/room_state.js";

/** @typedef {import("parvis/core/live.js").Live} Live */
/** @typedef {import("parvis/media/peer.js").Source} Source */
/** @typedef {import("parvis/meetings/rooms/local_media.js").LocalEvent} LocalEvent */

/** Between two attempts at a media connection. */
const RETRY_MS = [300, 1000, 2000, 4000];

/** Fires with what is new in the room, for words that are read out. */
export class EntryEvent extends Event {
  /** @param {ReturnType<RoomState["take"]>} news */
  constructor(news) {
    super("entry");
    this.news = news;
  }
}

export class RoomCall extends EventTarget {
  /** @type {RoomState | null} */
  state = null;
  /** @type {MediaPeer | null} */
  peer = null;
  /** @type {(() => void)[]} */
  #stops = [];
  /** @type {(() => void) | null} */
  #unfollow = null;
  #attempt = 0;
  #left = false;
  /** Which of this person's pages this one is: a seat belongs to the latest. */
  #pageId = newCommandId();

  /**
   * @param {Live} live
   * @param {string} roomId
   * @param {string | null} guestName null for a signed-in person
   */
  constructor(live, roomId, guestName) {
    super();
    this.live = live;
    this.roomId = roomId;
    this.guestName = guestName;
    this.agrees = false;
    this.local = new LocalMedia();
  }

  /** Come in, or take a place in the lobby. Rejects with the server's words. */
  async enter() {
    await this.#takeView();
    const on = (/** @type {string} */ name, /** @type {(body: any) => void} */ heard) =>
      this.#stops.push(this.live.on(name, (body) => this.#hear(body, heard)));
    on("media:slots_changed", (body) => (this.#known.slots = body.slots));
    on("media:peer_changed", (body) => this.#peerTold(body));
    on("media:line_changed", (body) => (this.#known.shown = body.shown));
    on("media:weakness_changed", (body) => this.#known.takeWeakness(body));
    on("media:layers_changed", (body) => this.peer?.sendLayers(body.source, body.rids));
    on("media:speakers_changed", (body) =>
      Object.assign(this.#known, { speaking: body.speaking, dominant: body.dominant }),
    );
    on("seat:taken", (body) => body.page_id !== this.#pageId && this.#end("elsewhere"));
    this.#stops.push(
      this.live.on("media:restarted", () => this.#connectMedia()),
      this.live.onReconnected(() => this.#return()),
    );
    const onState = () => this.#lineChanged();
    this.live.addEventListener("state", onState);
    this.#stops.push(() => this.live.removeEventListener("state", onState));
    const onLocal = (/** @type {Event} */ event) => this.#sourceChanged(/** @type {LocalEvent} */ (event).source);
    this.local.addEventListener("local", onLocal);
    this.#stops.push(() => this.local.removeEventListener("local", onLocal));
    if (this.#known.isIn) await this.#connectMedia();
  }

  /** Whether this page is out of the room, for whichever reason. */
  get isOver() {
    return this.#left;
  }

  get #known() {
    if (!this.state) throw new Error("not entered yet");
    return this.state;
  }

  /** @param {{room_id: string}} body @param {(body: any) => void} heard */
  #hear(body, heard) {
    if (body.room_id !== this.roomId || !this.state) return;
    heard(body);
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("changed"));
  }

  async #takeView() {
    const view = await this.live.ask("room:enter", {
      room_id: this.roomId,
      page_id: this.#pageId,
      guest_name: this.guestName,
      agrees: this.agrees,
    });
    this.state = new RoomState(view);
    if (this.#endIfOver()) return;
    this.#unfollow?.();
    this.#unfollow = this.live.follow(
      view.stream,
      view.head,
      (entries) => this.#take(entries),
      () => this.#takeView(),
    );
    this.#changed();
  }

  /** @param {{body: any}[]} entries */
  async #take(entries) {
    const wasIn = this.#known.isIn;
    for (const entry of entries) this.dispatchEvent(new EntryEvent(this.#known.take(entry.body)));
    if (this.#endIfOver()) return;
    if (!wasIn && this.#known.isIn) {
      await this.#takeView();
      await this.#connectMedia();
    }
    this.#changed();
  }

  /** Whether the room or this person's place in it has ended. */
  #endIfOver() {
    const { room, own } = this.#known;
    const isOut = own.state === "removed" || own.state === "refused";
    if (room.is_closed || isOut) this.#end(room.is_closed ? "closed" : own.state);
    return this.#left;
  }

  /** @param {Parameters<RoomState["takePeer"]>[0]} told */
  #peerTold(told) {
    this.#known.takePeer(told);
    // The worker has freed this seat although nobody left: take it again.
    if (told.line === "gone" && told.seat_id === this.#known.own.id && this.#known.isIn) this.#connectMedia();
  }

  #lineChanged() {
    // Why the portal ended the connection for good: `removed`, `signed-out`, `access-changed` …
    if (this.live.state === "ended") this.#end(this.live.code);
    else this.#changed();
  }

  /** What this page has stopped, the others see at once; of what begins, its packets tell. @param {Source} source */
  #sourceChanged(source) {
    if (this.local.isOn(source) || !this.state?.isIn) return;
    // Nobody is worse off when this is lost: the worker notices the silence by itself.
    this.live.ask("room:end_source", { room_id: this.roomId, source }).catch(() => undefined);
  }

  /** The socket is back: take the seat again, and connect anew unless sound and picture outlived it. */
  async #return() {
    if (this.#left || !this.state) return;
    try {
      await this.#takeView();
    } catch (error) {
      this.dispatchEvent(new CustomEvent("trouble", { detail: error }));
      return;
    }
    const isAlive = ["connected", "connecting", "new"].includes(this.peer?.connection.connectionState ?? "closed");
    if (this.#known.isIn && (!isAlive || this.#known.isUnseated)) return this.#connectMedia();
    for (const [source, rids] of Object.entries(this.#known.layers)) {
      this.peer?.sendLayers(/** @type {Source} */ (source), rids);
    }
  }

  async #connectMedia() {
    if (this.#left) return;
    const attempt = ++this.#attempt;
    this.peer?.close();
    const peer = new MediaPeer((sdpOffer, kind) => this.#signal(sdpOffer, kind));
    this.peer = peer;
    peer.addEventListener("state", () => this.#peerChanged(peer));
    await this.local.publishTo(peer);
    this.#changed();
    try {
      await peer.connect();
    } catch (error) {
      this.#retry(attempt, error);
    }
  }

  /** @param {string} sdpOffer @param {"join" | "restart"} kind */
  async #signal(sdpOffer, kind) {
    const name = kind === "join" ? "room:connect" : "room:restart_ice";
    const answer = await this.live.ask(name, { room_id: this.roomId, sdp_offer: sdpOffer });
    return answer.sdp_answer;
  }

  /** @param {MediaPeer} peer */
  #peerChanged(peer) {
    if (peer !== this.peer || this.#left) return;
    const state = peer.connection.connectionState;
    if (state === "connected") this.#attempt = 0;
    if (state === "failed" || state === "closed") this.#retry(this.#attempt, null);
    this.#changed();
  }

  /** @param {number} attempt @param {unknown} error */
  #retry(attempt, error) {
    if (attempt !== this.#attempt || this.#left) return;
    if (error) this.dispatchEvent(new CustomEvent("trouble", { detail: error }));
    setTimeout(
      () => attempt === this.#attempt && this.#connectMedia(),
      RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)],
    );
  }

  /** Say what this page shows. @param {Record<string, unknown>} wanted see room:watch */
  async watch(wanted) {
    await this.live.ask("room:watch", { room_id: this.roomId, ...wanted });
  }

  /** @param {boolean} up */
  async raiseHand(up) {
    await this.live.ask("hand:raise", { room_id: this.roomId, up });
  }

  /** @param {string} text */
  async write(text) {
    await this.live.command("chat:write", { room_id: this.roomId, text });
  }

  /** The host's word on somebody. @param {string} seatId @param {"admitted" | "refused" | "removed"} decision */
  async decide(seatId, decision) {
    await this.live.ask("seat:decide", { room_id: this.roomId, seat_id: seatId, decision });
  }

  /** @param {string} seatId @param {Partial<import("./room_state.js").Sources>} sources */
  async allow(seatId, sources) {
    await this.live.ask("seat:allow", { room_id: this.roomId, seat_id: seatId, ...sources });
  }

  /** @param {boolean} locked */
  async lock(locked) {
    await this.live.ask("room:lock", { room_id: this.roomId, locked });
  }

  /** End the room for everybody. */
  async close() {
    await this.live.ask("room:close", { room_id: this.roomId });
  }

  /** Go, and tell the others: at once here, even when the line is away. */
  async leave() {
    const told = this.live.ask("room:leave", { room_id: this.roomId });
    this.#end("left");
    await told;
  }

  /** @param {string} reason */
  #end(reason) {
    if (this.#left) return;
    this.#left = true;
    for (const stop of this.#stops) stop();
    this.#unfollow?.();
    this.local.close();
    this.peer?.close();
    this.dispatchEvent(new CustomEvent("ended", { detail: reason }));
  }
}
