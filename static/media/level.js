// @ts-check
/** How loud a track is, for a meter that moves. Nothing is played, nothing is kept. */

const FLOOR_DB = -60;
const INTERVAL_MS = 50;

/**
 * The level of samples between -1 and 1, as a share of a meter: 0 is silence (60 dB below full scale), 1 full scale.
 * @param {Float32Array} samples
 * @returns {number}
 */
export function levelOf(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / samples.length);
  return Number.isFinite(decibels) ? Math.min(1, Math.max(0, 1 - decibels / FLOOR_DB)) : 0;
}

/** Fires twenty times a second while a meter runs. */
export class LevelEvent extends Event {
  /** @param {number} level */
  constructor(level) {
    super("level");
    this.level = level;
  }
}

export class LevelMeter extends EventTarget {
  /** @type {AudioContext | undefined} */
  #context;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /** @param {MediaStreamTrack} track */
  constructor(track) {
    super();
    this.track = track;
  }

  /** Begin to measure. Browsers may keep the context suspended until the person has touched the page. */
  async start() {
    const context = new AudioContext();
    this.#context = context;
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    context.createMediaStreamSource(new MediaStream([this.track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      this.dispatchEvent(new LevelEvent(levelOf(samples)));
    }, INTERVAL_MS);
    await context.resume();
  }

  /** Stop and give the audio hardware back. */
  async stop() {
    clearInterval(this.#timer);
    await this.#context?.close();
    this.#context = undefined;
  }
}
