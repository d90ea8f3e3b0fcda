import assert from "node:assert/strict";
import { test } from "node:test";
import { problemOf } from "../../static/media/devices.js";
import { levelOf } from "../../static/media/level.js";

const tone = (amplitude) => Float32Array.from({ length: 1024 }, (_, n) => amplitude * Math.sin(n / 4));

test("a meter stands at nothing for silence and grows with the sound", () => {
  assert.equal(levelOf(new Float32Array(1024)), 0);
  const [quiet, spoken, loud] = [0.01, 0.1, 0.9].map((amplitude) => levelOf(tone(amplitude)));
  assert.ok(0 < quiet && quiet < spoken && spoken < loud && loud <= 1);
});

test("what is quieter than the meter's floor does not move it below nothing", () => {
  assert.equal(levelOf(tone(0.00001)), 0);
});

test("each way in which a device fails has its own name", () => {
  const failure = (name, message = "") => problemOf(new DOMException(message, name));
  assert.equal(failure("NotAllowedError", "Permission denied"), "denied-by-browser");
  assert.equal(failure("NotAllowedError", "Permission denied by system"), "denied-by-system");
  assert.equal(failure("NotReadableError"), "in-use");
  assert.equal(failure("AbortError"), "in-use");
  assert.equal(failure("NotFoundError"), "missing");
  assert.equal(failure("OverconstrainedError"), "missing");
  assert.equal(failure("TypeError"), "failed");
  assert.equal(problemOf("not even an error"), "failed");
});
