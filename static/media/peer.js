// @ts-check
/**
 * One browser's connection to a media worker: three sources out, fixed slots in, one negotiation.
 *
 * It touches no page. The sections of the offer stand in a fixed order (docs/media.md); later changes of tracks go
 * through `replaceTrack`, and who is shown in which slot comes from the server by another way.
 */

/** @typedef {"microphone" | "camera" | "screen"} Source */
/** @typedef {"join" | "restart"} SignalKind */

/**
 * Takes an SDP offer to the worker and brings its answer. A join needs a fresh media grant, a restart does not.
 * @callback Signal
 * @param {string} sdpOffer
 * @param {SignalKind} kind
 * @returns {Promise<string>}
 */

/** Fires when the transport's condition changes. */
export class StateEvent extends Event {
  /** @param {RTCPeerConnectionState} state */
  constructor(state) {
    super("state");
    this.state = state;
  }
}

export const VOICE_SLOTS = ["voice-0", "voice-1", "voice-2"];
export const SMALL_SLOTS = Array.from({ length: 8 }, (_, number) => `small-${number}`);
export const PICTURE_SLOTS = ["large", ...SMALL_SLOTS, "screen"];

/**
 * The camera's simulcast layers, smallest first, as a picture of 1280 x 720 has them; see `layersOf`. The worker leaves
 * temporal layers out of small pictures; a browser that has none sends every frame to all.
 * @type {(RTCRtpEncodingParameters & {scalabilityMode?: string})[]}
 */
const CAMERA_LAYERS = [
  { rid: "l", scaleResolutionDownBy: 4, maxBitrate: 120_000, scalabilityMode: "L1T3" },
  { rid: "m", scaleResolutionDownBy: 2, maxBitrate: 400_000, scalabilityMode: "L1T3" },
  { rid: "h", scaleResolutionDownBy: 1, maxBitrate: 1_200_000, scalabilityMode: "L1T3" },
];

/**
 * How many layers browsers send of so many pixels (libwebrtc, video/config/simulcast.cc). They leave out the last ones
 * of a smaller picture, which are its large ones: of a camera of 640 x 360, they would send 320 x 180 at most.
 */
const LAYERS_BY_PIXELS = [
  { pixels: 960 * 540, layers: 3 },
  { pixels: 480 * 270, layers: 2 },
  { pixels: 0, layers: 1 },
];

/** @type {RTCRtpEncodingParameters[]} */
const SCREEN_LAYERS = [{ maxBitrate: 1_500_000 }];

/** All that the worker forwards. An offer with every codec that a browser knows is some 60 KB long, most of it rejected. */
const CODECS = { audio: ["audio/opus"], video: ["video/VP8", "video/rtx"] };

/** How long a broken transport may mend itself before its ICE is restarted. */
const RESTART_AFTER_MS = 2500;

export class MediaPeer extends EventTarget {
  /** @type {Map<Source, RTCRtpTransceiver>} */
  #senders = new Map();
  /** @type {Map<string, RTCRtpTransceiver>} */
  #receivers = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #mending;
  /** Parameters of a sender can be changed one call after the other only. */
  #layersSent = Promise.resolve();
  /** @type {Map<Source, string[]>} what is to be sent; all layers of a source that is not here */
  #layersWanted = new Map();

  /**
   * @param {Signal} signal
   * @param {RTCConfiguration} [configuration] ICE servers, if the town has a TURN server
   */
  constructor(signal, configuration = {}) {
    super();
    this.signal = signal;
    this.connection = new RTCPeerConnection({ ...configuration, bundlePolicy: "max-bundle" });
    this.#addSections();
    this.connection.addEventListener("connectionstatechange", () => this.#stateChanged());
  }

  #addSections() {
    /** @type {(kind: string, sendEncodings?: RTCRtpEncodingParameters[]) => RTCRtpTransceiver} */
    const sending = (kind, sendEncodings) =>
      this.connection.addTransceiver(kind, { direction: "sendonly", ...(sendEncodings && { sendEncodings }) });
    this.#senders.set("microphone", sending("audio"));
    this.#senders.set("camera", sending("video", CAMERA_LAYERS));
    this.#senders.set("screen", sending("video", SCREEN_LAYERS));
    for (const slot of VOICE_SLOTS) this.#addReceiver(slot, "audio");
    for (const slot of PICTURE_SLOTS) this.#addReceiver(slot, "video");
    for (const transceiver of this.connection.getTransceivers()) narrow(transceiver);
  }

  /**
   * @param {string} slot
   * @param {"audio" | "video"} kind
   */
  #addReceiver(slot, kind) {
    this.#receivers.set(slot, this.connection.addTransceiver(kind, { direction: "recvonly" }));
  }

  /**
   * The track of a slot: always the same one, whoever is shown in it.
   * @param {string} slot
   * @returns {MediaStreamTrack}
   */
  track(slot) {
    const transceiver = this.#receivers.get(slot);
    if (!transceiver) throw new RangeError(`no slot called ${slot}`);
    return transceiver.receiver.track;
  }

  /**
   * The receivers by slot, for statistics.
   * @returns {ReadonlyMap<string, RTCRtpTransceiver>}
   */
  get receivers() {
    return this.#receivers;
  }

  /** Negotiate, once. Rejects with whatever the signal rejects with. */
  async connect() {
    await this.#negotiate("join");
  }

  /** @param {SignalKind} kind */
  async #negotiate(kind) {
    const offer = await this.connection.createOffer({ iceRestart: kind === "restart" });
    await this.connection.setLocalDescription(offer);
    const answer = await this.signal(offer.sdp ?? "", kind);
    if (this.connection.signalingState !== "closed") {
      await this.connection.setRemoteDescription({ type: "answer", sdp: answer });
    }
  }

  /**
   * Publish a track, change it for another, or stop with null. No negotiation.
   * @param {Source} source
   * @param {MediaStreamTrack | null} track
   */
  async publish(source, track) {
    if (track) await this.#setLayers(source, track);
    await this.#senders.get(source)?.sender.replaceTrack(track);
  }

  /**
   * Send these simulcast layers of a source and pause the others, from now on. A connection begins with all of them.
   * @param {Source} source
   * @param {string[]} rids
   */
  sendLayers(source, rids) {
    this.#layersWanted.set(source, rids);
    return this.#setLayers(source, this.published(source));
  }

  /** @param {Source} source @param {MediaStreamTrack | null} track */
  #setLayers(source, track) {
    this.#layersSent = this.#layersSent.then(() => this.#activate(source, track)).catch(() => undefined);
    return this.#layersSent;
  }

  /** @param {Source} source @param {MediaStreamTrack | null} track */
  async #activate(source, track) {
    const sender = this.#senders.get(source)?.sender;
    const parameters = sender?.getParameters();
    if (!sender || !parameters?.encodings.some((encoding) => encoding.rid)) return;
    const wanted = this.#layersWanted.get(source);
    const layers = layersOf(track);
    parameters.encodings.forEach((encoding, rank) => {
      encoding.active = rank < layers && (wanted?.includes(encoding.rid ?? "") ?? true);
      encoding.scaleResolutionDownBy = 2 ** Math.max(0, layers - 1 - rank);
    });
    await sender.setParameters(parameters);
  }

  /**
   * The track that is published now.
   * @param {Source} source
   * @returns {MediaStreamTrack | null}
   */
  published(source) {
    return this.#senders.get(source)?.sender.track ?? null;
  }

  /** Renew the path after a change of network; sound and picture go on meanwhile if they can. */
  async restart() {
    await this.#negotiate("restart");
  }

  #stateChanged() {
    const state = this.connection.connectionState;
    clearTimeout(this.#mending);
    if (state === "disconnected") this.#mending = setTimeout(() => this.#mend(), RESTART_AFTER_MS);
    this.dispatchEvent(new StateEvent(state));
  }

  async #mend() {
    try {
      await this.restart();
    } catch {
      // The way to the server is closed as well. When the transport fails for good, the page joins again.
    }
  }

  /** Say goodbye. Published tracks are left running: they belong to the page. */
  close() {
    clearTimeout(this.#mending);
    this.connection.close();
  }
}

/**
 * How many simulcast layers a camera's picture has, each twice as high as the one before; the last one is the picture.
 * @param {MediaStreamTrack | null} track
 */
function layersOf(track) {
  const { width = 1280, height = 720 } = track?.getSettings() ?? {};
  return LAYERS_BY_PIXELS.find(({ pixels }) => width * height >= pixels)?.layers ?? 1;
}

/** Offer the codecs that the worker forwards, and no others. @param {RTCRtpTransceiver} transceiver */
function narrow(transceiver) {
  const kind = transceiver.receiver.track.kind === "audio" ? "audio" : "video";
  const codecs = RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [];
  transceiver.setCodecPreferences?.(codecs.filter((codec) => CODECS[kind].includes(codec.mimeType)));
}
