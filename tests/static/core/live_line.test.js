import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Line } from "parvis/core/live_line.js";
import { FakeSocket } from "./fake_socket.js";

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
});

function startedLine({ random = () => 1 } = {}) {
  const socket = new FakeSocket();
  const line = new Line(socket, random);
  const states = [];
  line.addEventListener("state", () => states.push(line.state));
  line.start();
  return { socket, line, states };
}

test("a line connects once however often it is started", () => {
  const { socket, line, states } = startedLine();
  line.start();
  socket.up();

  assert.equal(socket.attempts, 1);
  assert.deepEqual(states, ["connecting", "connected"]);
});

test("a short break does not show", () => {
  const { socket, states } = startedLine();
  socket.up();
  socket.drop();
  mock.timers.tick(600);
  socket.up();
  mock.timers.tick(60_000);

  assert.equal(socket.attempts, 2);
  assert.deepEqual(states, ["connecting", "connected"]);
});

test("a long break shows until the line is back", () => {
  const { socket, states } = startedLine();
  socket.up();
  socket.drop();
  mock.timers.tick(1500);
  socket.up();

  assert.deepEqual(states, ["connecting", "connected", "away", "connected"]);
});

test("each failed attempt waits longer, never over ten seconds, by a random part", () => {
  const { socket } = startedLine({ random: () => 0 });
  const waits = [];
  for (let attempt = 2; attempt < 10; attempt += 1) {
    socket.fail();
    let waited = 0;
    for (; socket.attempts < attempt; waited += 50) mock.timers.tick(50);
    waits.push(waited);
  }

  assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 5000, 5000, 5000]);
});

test("the wait starts anew after the line stood", () => {
  const { socket } = startedLine();
  for (let failure = 0; failure < 6; failure += 1) {
    socket.fail();
    mock.timers.tick(10_000);
  }
  socket.up();
  const before = socket.attempts;
  socket.drop();
  mock.timers.tick(500);

  assert.equal(socket.attempts, before + 1);
});

test("a page that comes to the front tries at once", () => {
  const { socket, line } = startedLine();
  socket.fail();
  socket.fail();
  line.wake();

  assert.equal(socket.attempts, 2);
});

test("a page that comes to the front does not open a second attempt beside one that runs", () => {
  const { socket, line } = startedLine();
  line.wake();
  line.wake();

  assert.equal(socket.attempts, 1);
});

test("a line that died while the machine slept is noticed when the page comes to the front", () => {
  const { socket, line } = startedLine();
  socket.up();
  line.wake();
  assert.equal(socket.take("connection:check").name, "connection:check");
  mock.timers.tick(4000);
  assert.equal(socket.connected, false);
  mock.timers.tick(500);

  assert.equal(socket.attempts, 2);
});

test("a line that answers the check is kept", () => {
  const { socket, line } = startedLine();
  socket.up();
  line.wake();
  socket.take("connection:check").answer({ ok: true });
  mock.timers.tick(60_000);

  assert.equal(socket.connected, true);
});

test("after a sign-out the page does not come back", () => {
  const { socket, line, states } = startedLine();
  socket.up();
  socket.push("connection:closed", { code: "signed-out", retry_after_ms: null });
  socket.drop();
  line.wake();
  mock.timers.tick(600_000);

  assert.equal(socket.attempts, 1);
  assert.equal(line.code, "signed-out");
  assert.deepEqual(states, ["connecting", "connected", "ended"]);
});

test("a page that is refused for good does not come back, and one that may try later does", () => {
  const refused = startedLine();
  refused.socket.fail({ error: { code: "connection-refused" }, retry_after_ms: null });
  mock.timers.tick(600_000);
  const full = startedLine();
  full.socket.fail({ error: { code: "too-many-connections" }, retry_after_ms: 30_000 });
  mock.timers.tick(29_000);
  full.line.wake();

  assert.deepEqual(
    [refused.line.state, refused.line.code, refused.socket.attempts],
    ["ended", "connection-refused", 1],
  );
  assert.equal(full.socket.attempts, 1);
  mock.timers.tick(2000);
  assert.equal(full.socket.attempts, 2);
});

test("a restart spreads the return as the portal asks, and does not count for the next break", () => {
  const { socket } = startedLine();
  socket.up();
  socket.push("connection:closed", { code: "restart", retry_after_ms: 3000 });
  socket.drop();
  mock.timers.tick(3000);
  assert.equal(socket.attempts, 1);
  mock.timers.tick(500);
  assert.equal(socket.attempts, 2);
  socket.up();
  socket.drop();
  mock.timers.tick(500);

  assert.equal(socket.attempts, 3);
});

test("being back is told from the second time on", () => {
  const { socket, line } = startedLine();
  let backs = 0;
  line.addEventListener("back", () => (backs += 1));
  socket.up();
  assert.equal(backs, 0);
  socket.drop();
  socket.up();

  assert.equal(backs, 1);
});
