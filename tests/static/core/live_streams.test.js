import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Line } from "parvis/core/live_line.js";
import { Streams } from "parvis/core/live_streams.js";
import { FakeSocket } from "./fake_socket.js";

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
});

const entry = (number) => ({ number, kind: "said", body: {} });
const entries = (...numbers) => numbers.map(entry);

function followedBoard({ after = 5 } = {}) {
  const socket = new FakeSocket();
  const line = new Line(socket, () => 1);
  const streams = new Streams(line);
  line.start();
  socket.up();
  const seen = [];
  const reloads = [];
  const stop = streams.follow(
    "board",
    after,
    (fresh) => seen.push(...fresh.map(({ number }) => number)),
    (reason) => reloads.push(reason),
  );
  return { socket, streams, seen, reloads, stop };
}

const answer = (upto, ...numbers) => ({ ok: true, head: upto, upto, entries: entries(...numbers), reload: false });
const frame = (after, upto, ...numbers) => ({ stream: "board", after, upto, entries: entries(...numbers) });

test("a follower is given what it missed, then what is new", () => {
  const { socket, seen } = followedBoard();
  const asked = socket.take("stream:follow");
  asked.answer(answer(7, 6, 7));
  socket.push("stream:advanced", frame(7, 8, 8));

  assert.deepEqual(asked.body, { stream: "board", after: 5 });
  assert.deepEqual(seen, [6, 7, 8]);
});

test("a frame that comes twice is shown once", () => {
  const { socket, seen } = followedBoard();
  socket.take("stream:follow").answer(answer(5));
  socket.push("stream:advanced", frame(5, 7, 6, 7));
  socket.push("stream:advanced", frame(5, 7, 6, 7));

  assert.deepEqual(seen, [6, 7]);
});

test("a frame that overlaps is shown in part", () => {
  const { socket, seen } = followedBoard();
  socket.take("stream:follow").answer(answer(7, 6, 7));
  socket.push("stream:advanced", frame(4, 9, 5, 6, 7, 8, 9));

  assert.deepEqual(seen, [6, 7, 8, 9]);
});

test("a gap is asked for, and frames meanwhile are left to the answer", () => {
  const { socket, seen } = followedBoard();
  socket.take("stream:follow").answer(answer(5));
  socket.push("stream:advanced", frame(8, 9, 9));
  socket.push("stream:advanced", frame(9, 10, 10));
  const asked = socket.take("stream:follow");
  asked.answer(answer(10, 6, 7, 8, 9, 10));
  socket.push("stream:advanced", frame(10, 11, 11));

  assert.equal(asked.body.after, 5);
  assert.deepEqual(seen, [6, 7, 8, 9, 10, 11]);
});

test("events for others move the number and are no gap", () => {
  const { socket, seen } = followedBoard();
  socket.take("stream:follow").answer(answer(5));
  socket.push("stream:advanced", frame(5, 8));
  socket.push("stream:advanced", frame(8, 9, 9));

  assert.deepEqual(seen, [9]);
  assert.deepEqual(socket.sent, []);
});

test("after a lost line the follower asks from its number and misses nothing", () => {
  const { socket, seen } = followedBoard();
  socket.take("stream:follow").answer(answer(6, 6));
  socket.drop();
  socket.up();
  const asked = socket.take("stream:follow");
  asked.answer(answer(9, 7, 8, 9));

  assert.equal(asked.body.after, 6);
  assert.deepEqual(seen, [6, 7, 8, 9]);
});

test("an answer that comes after the line broke is stale", () => {
  const { socket, seen } = followedBoard();
  const stale = socket.take("stream:follow");
  socket.drop();
  socket.up();
  socket.take("stream:follow").answer(answer(7, 6, 7));
  stale.answer(answer(6, 6));

  assert.deepEqual(seen, [6, 7]);
});

test("who starts now begins at the head", () => {
  const { socket, seen } = followedBoard({ after: null });
  const asked = socket.take("stream:follow");
  asked.answer(answer(41));
  socket.push("stream:advanced", frame(41, 42, 42));

  assert.equal(asked.body.after, null);
  assert.deepEqual(seen, [42]);
});

test("who is too far behind is told to reload and is not followed any more", () => {
  const { socket, streams, seen, reloads } = followedBoard();
  socket.take("stream:follow").answer({ ok: true, head: 900, upto: 900, entries: [], reload: true });
  socket.push("stream:advanced", frame(900, 901, 901));
  streams.follow(
    "board",
    901,
    () => {},
    () => {},
  );

  assert.deepEqual([seen, reloads], [[], ["behind"]]);
  assert.equal(socket.take("stream:follow").body.after, 901);
});

test("who is refused is told so", () => {
  const { socket, reloads } = followedBoard();
  socket.take("stream:follow").answer({ ok: false, error: { code: "stream-refused", message: "", id: "k" } });

  assert.deepEqual(reloads, ["refused"]);
});

test("a portal that fails is asked again", () => {
  const { socket, seen } = followedBoard();
  socket.take("stream:follow").answer({ ok: false, error: { code: "internal", message: "", id: "k" } });
  assert.deepEqual(socket.sent, []);
  mock.timers.tick(2000);
  socket.take("stream:follow").answer(answer(6, 6));

  assert.deepEqual(seen, [6]);
});

test("two followers of one stream are asked for together and each is shown its own part", () => {
  const { socket, streams, seen } = followedBoard();
  socket.take("stream:follow").answer(answer(7, 6, 7));
  const others = [];
  streams.follow(
    "board",
    3,
    (fresh) => others.push(...fresh.map(({ number }) => number)),
    () => {},
  );
  socket.take("stream:follow").answer(answer(8, 4, 5, 6, 7, 8));
  socket.push("stream:advanced", frame(8, 9, 9));

  assert.deepEqual(seen, [6, 7, 8, 9]);
  assert.deepEqual(others, [4, 5, 6, 7, 8, 9]);
});

test("a later follower that is as far needs no question", () => {
  const { socket, streams } = followedBoard();
  socket.take("stream:follow").answer(answer(7, 6, 7));
  const others = [];
  streams.follow(
    "board",
    7,
    (fresh) => others.push(...fresh.map(({ number }) => number)),
    () => {},
  );
  streams.follow(
    "board",
    null,
    (fresh) => others.push(...fresh.map(({ number }) => number)),
    () => {},
  );
  socket.push("stream:advanced", frame(7, 8, 8));

  assert.deepEqual(socket.sent, []);
  assert.deepEqual(others, [8, 8]);
});

test("the stream is left when the last follower stops", () => {
  const { socket, streams, seen, stop } = followedBoard();
  socket.take("stream:follow").answer(answer(5));
  const stopOther = streams.follow(
    "board",
    5,
    () => {},
    () => {},
  );
  stop();
  stop();
  assert.deepEqual(socket.sent, []);
  stopOther();
  socket.push("stream:advanced", frame(5, 6, 6));

  assert.deepEqual(socket.take("stream:leave").body, { stream: "board" });
  assert.deepEqual(seen, []);
});

test("a follower that cannot show an entry is told to reload, the others go on", () => {
  const reported = [];
  globalThis.reportError = (error) => reported.push(error.message);
  const { socket, streams, seen } = followedBoard();
  const reloads = [];
  const broken = () => {
    throw new Error("no such card");
  };
  streams.follow("board", 5, broken, (reason) => reloads.push(reason));
  socket.take("stream:follow").answer(answer(6, 6));
  socket.push("stream:advanced", frame(6, 7, 7));

  assert.deepEqual([seen, reloads, reported], [[6, 7], ["failed"], ["no such card"]]);
});
