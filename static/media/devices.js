// @ts-check
/** Microphones, cameras and screens: how to get one, and in which of five ways it can fail. */

/**
 * Why a device cannot be had: the browser was told no, the system refuses every program, another program holds it,
 * there is none, or something else.
 * @typedef {"denied-by-browser" | "denied-by-system" | "in-use" | "missing" | "failed"} DeviceProblem
 */

/** @typedef {"microphone" | "camera"} DeviceKind */

export class DeviceError extends Error {
  /**
   * @param {DeviceProblem} problem
   * @param {unknown} cause
   */
  constructor(problem, cause) {
    super(problem, { cause });
    this.name = "DeviceError";
    this.problem = problem;
  }
}

/** @type {Record<DeviceKind, MediaDeviceKind>} */
const KINDS = { microphone: "audioinput", camera: "videoinput" };

/** @type {MediaTrackConstraints} */
const MICROPHONE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** @type {MediaTrackConstraints} */
const CAMERA = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 25, max: 30 } };

/**
 * Sort a failure of getUserMedia or getDisplayMedia.
 * @param {unknown} error
 * @returns {DeviceProblem}
 */
export function problemOf(error) {
  const { name = "", message = "" } = error instanceof Error ? error : {};
  if (name === "NotAllowedError") return /system/i.test(message) ? "denied-by-system" : "denied-by-browser";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "missing";
  if (name === "NotReadableError" || name === "AbortError") return "in-use";
  return "failed";
}

/**
 * The devices of a kind. Their names are empty until the person has allowed one.
 * @param {DeviceKind} kind
 * @returns {Promise<MediaDeviceInfo[]>}
 */
export async function listDevices(kind) {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return devices.filter((device) => device.kind === KINDS[kind]);
}

/**
 * @param {DeviceKind} kind
 * @param {string} [deviceId]
 * @returns {MediaStreamConstraints}
 */
function constraintsFor(kind, deviceId) {
  const chosen = deviceId ? { deviceId: { exact: deviceId } } : {};
  return kind === "microphone" ? { audio: { ...MICROPHONE, ...chosen } } : { video: { ...CAMERA, ...chosen } };
}

/**
 * Open a device; one that was chosen before and is not there any more is replaced by the system's own choice.
 * Rejects with a DeviceError.
 * @param {DeviceKind} kind
 * @param {string} [deviceId]
 * @returns {Promise<MediaStreamTrack>}
 */
export async function openDevice(kind, deviceId) {
  if (!navigator.mediaDevices) throw new DeviceError("denied-by-browser", "not a secure page");
  try {
    return await firstTrack(navigator.mediaDevices.getUserMedia(constraintsFor(kind, deviceId)));
  } catch (error) {
    const problem = problemOf(error);
    if (deviceId && problem === "missing") return openDevice(kind);
    throw new DeviceError(problem, error);
  }
}

/**
 * Let the person choose a screen or a window. Resolves to null when they change their mind; rejects with a DeviceError.
 * @returns {Promise<MediaStreamTrack | null>}
 */
export async function openScreen() {
  if (!navigator.mediaDevices?.getDisplayMedia) throw new DeviceError("missing", "this browser shares no screens");
  try {
    const track = await firstTrack(navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } } }));
    track.contentHint = "detail";
    return track;
  } catch (error) {
    const problem = problemOf(error);
    if (problem === "denied-by-browser") return null;
    throw new DeviceError(problem, error);
  }
}

/** @param {Promise<MediaStream>} opening */
async function firstTrack(opening) {
  const [track] = (await opening).getTracks();
  if (!track) throw new DeviceError("failed", "a stream without a track");
  return track;
}

/**
 * Watch an open device: when it is unplugged, open another one of its kind and hand it over, or null if there is none.
 * @param {DeviceKind} kind
 * @param {MediaStreamTrack} track
 * @param {(track: MediaStreamTrack | null) => void} replaced
 */
export function onUnplugged(kind, track, replaced) {
  const replace = async () => replaced(await openDevice(kind).catch(() => null));
  track.addEventListener("ended", replace, { once: true });
}

/**
 * Hear of devices that come and go. Returns how to stop.
 * @param {() => void} changed
 * @returns {() => void}
 */
export function onDevicesChanged(changed) {
  navigator.mediaDevices?.addEventListener("devicechange", changed);
  return () => navigator.mediaDevices?.removeEventListener("devicechange", changed);
}
