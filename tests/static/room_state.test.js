import assert from "node:assert/strict";
import { test } from "node:test";
import { RoomState } from "../../static/meetings/rooms/room_state.js";

const DOOR = { id: "room", title: "Finances", is_locked: false, is_closed: false, version: 1 };

function seat(id, changes = {}) {
  return {
    id,
    name: id,
    state: "admitted",
    is_host: false,
    is_guest: false,
    hand_raised_at: null,
    may: { microphone: true, camera: true, screen: true },
    version: 1,
    ...changes,
  };
}

function aRoom(...seats) {
  return new RoomState({
    room: DOOR,
    seat: { id: "anna", state: "admitted" },
    is_host: true,
    stream: "room:room",
    head: 4,
    seats,
    chat: [],
  });
}

test("people stand in the order of their seats, and one who comes back stands where they stood", () => {
  const room = aRoom(seat("anna"), seat("bilal"), seat("chloe"));

  room.take({ seat: seat("bilal", { state: "left", version: 2 }) });
  assert.deepEqual(
    room.people.map((each) => each.id),
    ["anna", "chloe"],
  );

  room.take({ seat: seat("bilal", { version: 3 }) });
  assert.deepEqual(
    room.people.map((each) => each.id),
    ["anna", "bilal", "chloe"],
  );
});

test("an entry that arrives late does not undo a newer one", () => {
  const room = aRoom(seat("anna"), seat("bilal", { version: 5, state: "left" }));

  assert.deepEqual(room.take({ seat: seat("bilal", { version: 4 }) }), {});
  assert.equal(room.seat("bilal")?.state, "left");
});

test("a microphone that opens with everybody's stays known as such until it is closed", () => {
  const room = aRoom(seat("anna", { may: { microphone: false, camera: true, screen: true } }), seat("bilal"));

  room.take({ seat: seat("bilal", { version: 2 }), to_all: true });
  assert.equal(room.isFreed, false);
  room.take({ seat: seat("anna", { version: 2 }), to_all: true });
  room.take({ seat: seat("anna", { version: 3, hand_raised_at: "2026-11-22T18:30:00Z" }) });
  assert.equal(room.isFreed, true);

  room.take({ seat: seat("anna", { version: 4, may: { microphone: false, camera: true, screen: true } }) });
  room.take({ seat: seat("anna", { version: 5 }) });
  assert.equal(room.isFreed, false);
});

test("a chat line that comes twice stands once", () => {
  const room = aRoom(seat("anna"));
  const line = { id: "1", seat_id: "anna", name: "anna", at: "2026-11-22T18:30:00Z", text: "Bonsoir" };

  assert.deepEqual(room.take({ chat: line }), { chat: line });
  assert.deepEqual(room.take({ chat: line }), {});
  assert.equal(room.chat.length, 1);
});

test("hands are read in the order in which they went up", () => {
  const room = aRoom(
    seat("anna", { hand_raised_at: "2026-11-22T18:32:00Z" }),
    seat("bilal", { hand_raised_at: "2026-11-22T18:31:00Z" }),
    seat("chloe"),
  );

  assert.deepEqual(
    room.hands.map((each) => each.id),
    ["bilal", "anna"],
  );
});

test("somebody in the lobby learns of their own admission and of nothing else", () => {
  const room = new RoomState({
    room: DOOR,
    seat: { id: "denis", state: "waiting" },
    is_host: false,
    stream: "room:room",
    head: 4,
  });

  room.take({ seat: { id: "denis", state: "admitted" } });

  assert.equal(room.isIn, true);
  assert.deepEqual(room.people, []);
});

test("what a person publishes is what the worker says, and nothing once they are gone", () => {
  const room = aRoom(seat("anna"), seat("bilal"));

  room.takePeer({ seat_id: "bilal", line: "connected", source: null, is_on: null });
  room.takePeer({ seat_id: "bilal", line: null, source: "camera", is_on: true });
  assert.deepEqual(room.on("bilal"), { microphone: false, camera: true, screen: false });
  assert.equal(room.line("bilal"), "connected");

  room.takePeer({ seat_id: "bilal", line: "gone", source: null, is_on: null });
  assert.deepEqual(room.on("bilal"), { microphone: false, camera: false, screen: false });
});

test("a person's picture is found in whichever slot it arrives", () => {
  const room = aRoom(seat("anna"), seat("bilal"));
  room.slots = [
    { slot: "large", seat_id: "bilal", source: "camera", live: true },
    { slot: "screen", seat_id: "bilal", source: "screen", live: true },
    { slot: "small-0", seat_id: null, source: null, live: false },
  ];

  assert.equal(room.slotOf("bilal", "camera"), "large");
  assert.equal(room.slotOf("anna", "camera"), undefined);
  assert.equal(room.presenter, "bilal");
});

test("a page that comes back draws lines, sources, speakers and slots at once", () => {
  const room = new RoomState({
    room: DOOR,
    seat: { id: "anna", state: "admitted" },
    is_host: false,
    stream: "room:room",
    head: 4,
    seats: [seat("anna"), seat("bilal")],
    chat: [],
    media: {
      peers: { bilal: { line: "lost", on: ["microphone"] } },
      speaking: ["bilal"],
      dominant: "bilal",
      slots: [{ slot: "large", seat_id: "bilal", source: "camera", live: true }],
    },
  });

  assert.equal(room.line("bilal"), "lost");
  assert.deepEqual(room.on("bilal"), { microphone: true, camera: false, screen: false });
  assert.deepEqual([room.speaking, room.dominant, room.slotOf("bilal", "camera")], [["bilal"], "bilal", "large"]);
});

test("a weak line is told of those who are connected, and forgotten when it is well again", () => {
  const room = aRoom(seat("anna"), seat("bilal"));

  room.takeWeakness({ seat_id: "bilal", is_weak: true });
  assert.equal(room.isWeak("bilal"), false, "nobody knows yet whether they are connected");
  room.takePeer({ seat_id: "bilal", line: "connected", source: null, is_on: null });
  assert.equal(room.isWeak("bilal"), true);
  room.takePeer({ seat_id: "bilal", line: "lost", source: null, is_on: null });
  assert.equal(room.isWeak("bilal"), false, "whoever is gone is not merely weak");
  room.takePeer({ seat_id: "bilal", line: "connected", source: null, is_on: null });
  room.takeWeakness({ seat_id: "bilal", is_weak: false });
  assert.equal(room.isWeak("bilal"), false);
});
