// @ts-check
/** A connection's statistics as the few numbers that a page and a test need. */

/**
 * @typedef {object} SlotStats
 * @property {number} framesDecoded since the beginning
 * @property {number} width of the picture, 0 before the first
 * @property {number} height
 * @property {number} audioEnergy since the beginning; grows while something can be heard
 * @property {number} packetsLost
 * @property {number} packetsReceived
 * @property {number} freezes
 * @property {number} concealedShare share of audio samples that had to be invented
 */

/**
 * @typedef {object} ConnectionStats
 * @property {number} roundTripMs to the worker; NaN while unknown
 * @property {number} uplinkBps what the browser believes it may send; NaN while unknown
 * @property {number} lossOut share of our packets that the worker reports lost, of the last report
 * @property {Record<string, SlotStats>} slots
 */

/** @type {(value: unknown) => number} */
const number = (value) => (typeof value === "number" ? value : 0);

/**
 * @param {import("parvis/media/peer.js").MediaPeer} peer
 * @returns {Promise<ConnectionStats>}
 */
export async function readStats(peer) {
  const report = await peer.connection.getStats();
  /** @type {Map<string, string>} */
  const slots = new Map();
  for (const [slot, transceiver] of peer.receivers) if (transceiver.mid !== null) slots.set(transceiver.mid, slot);
  /** @type {ConnectionStats} */
  const stats = { roundTripMs: NaN, uplinkBps: NaN, lossOut: 0, slots: {} };
  report.forEach((entry) => {
    if (entry.type === "inbound-rtp") {
      const slot = slots.get(entry.mid);
      if (slot) stats.slots[slot] = slotStats(entry);
    } else if (entry.type === "candidate-pair" && entry.nominated) {
      addPath(stats, entry);
    } else if (entry.type === "remote-inbound-rtp") {
      stats.lossOut = Math.max(stats.lossOut, number(entry.fractionLost));
    }
  });
  return stats;
}

/**
 * @param {Record<string, unknown>} entry
 * @returns {SlotStats}
 */
function slotStats(entry) {
  const samples = number(entry.totalSamplesReceived);
  return {
    framesDecoded: number(entry.framesDecoded),
    width: number(entry.frameWidth),
    height: number(entry.frameHeight),
    audioEnergy: number(entry.totalAudioEnergy),
    packetsLost: number(entry.packetsLost),
    packetsReceived: number(entry.packetsReceived),
    freezes: number(entry.freezeCount),
    concealedShare: samples ? number(entry.concealedSamples) / samples : 0,
  };
}

/**
 * @param {ConnectionStats} stats
 * @param {Record<string, unknown>} pair
 */
function addPath(stats, pair) {
  if (typeof pair.currentRoundTripTime === "number") stats.roundTripMs = pair.currentRoundTripTime * 1000;
  if (typeof pair.availableOutgoingBitrate === "number") stats.uplinkBps = pair.availableOutgoingBitrate;
}
