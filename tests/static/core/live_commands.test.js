import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Commands } from "parvis/core/live_commands.js";
import { Line } from "parvis/core/live_line.js";
import { LineError, ProblemError } from "parvis/core/problem.js";
import { FakeSocket } from "./fake_socket.js";

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
});

function commandsOverLine() {
  const socket = new FakeSocket();
  const line = new Line(socket, () => 1);
  const commands = new Commands(line);
  line.start();
  return { socket, commands };
}

const BODY = { command_id: "command-1", text: "bread" };

test("a command resolves with its acknowledgement", async () => {
  const { socket, commands } = commandsOverLine();
  socket.up();
  const answer = commands.send("note:write", BODY, 2);
  const { body, answer: acknowledge } = socket.take("note:write");
  acknowledge({ ok: true, number: 3 });

  assert.deepEqual(body, BODY);
  assert.deepEqual(await answer, { ok: true, number: 3 });
});

test("a command that is refused rejects with the problem", async () => {
  const { socket, commands } = commandsOverLine();
  socket.up();
  const answer = commands.send("note:write", BODY, 2);
  const problem = { code: "invalid-input", message: "Trop court.", id: "k3", fields: { text: "Trop court." } };
  socket.take("note:write").answer({ ok: false, error: problem });

  await assert.rejects(answer, (error) => {
    assert.ok(error instanceof ProblemError);
    assert.deepEqual([error.code, error.message, error.id, error.fields], Object.values(problem));
    return true;
  });
});

test("a command waits for the line and is then sent once, in order", () => {
  const { socket, commands } = commandsOverLine();
  commands.send("note:write", BODY, 2);
  commands.send("note:wipe", { command_id: "command-2" }, 2);
  assert.deepEqual(socket.sent, []);
  socket.up();

  assert.deepEqual(
    socket.sent.map(({ name }) => name),
    ["note:write", "note:wipe"],
  );
});

test("a command that was not acknowledged is sent once more with the same id", async () => {
  const { socket, commands } = commandsOverLine();
  socket.up();
  const answer = commands.send("note:write", BODY, 2);
  socket.take("note:write");
  socket.drop();
  socket.up();
  const again = socket.take("note:write");
  again.answer({ ok: true });

  assert.equal(again.body.command_id, "command-1");
  assert.deepEqual(await answer, { ok: true });
  socket.drop();
  socket.up();
  assert.deepEqual(socket.sent, []);
});

test("a command that is lost twice is given up, and says that it may have been done", async () => {
  const { socket, commands } = commandsOverLine();
  socket.up();
  const answer = commands.send("note:write", BODY, 2);
  socket.drop();
  socket.up();
  socket.drop();

  await assert.rejects(answer, (error) => error instanceof LineError && error.sent);
});

test("a message that is no command is sent once", async () => {
  const { socket, commands } = commandsOverLine();
  socket.up();
  const answer = commands.send("room:watch", {}, 1);
  socket.drop();
  socket.up();

  await assert.rejects(answer, LineError);
  assert.equal(socket.sent.length, 1);
});

test("attempts to connect that fail do not use up a command's chances", () => {
  const { socket, commands } = commandsOverLine();
  commands.send("note:write", BODY, 1);
  socket.fail();
  socket.fail();
  socket.up();

  assert.equal(socket.sent.length, 1);
});

test("when the connection ends for good everything that waits is rejected, and so is what comes later", async () => {
  const { socket, commands } = commandsOverLine();
  socket.up();
  const before = commands.send("note:write", BODY, 2);
  socket.push("connection:closed", { code: "signed-out", retry_after_ms: null });
  socket.drop();

  await assert.rejects(before, LineError);
  await assert.rejects(commands.send("note:write", BODY, 2), (error) => error instanceof LineError && !error.sent);
});

test("only so many commands wait for a line", async () => {
  const { socket, commands } = commandsOverLine();
  for (let number = 0; number < 50; number += 1) commands.send("note:write", BODY, 2);

  await assert.rejects(commands.send("note:write", BODY, 2), LineError);
  socket.up();
  assert.equal(socket.sent.length, 50);
});

const AWAY = { code: "database-away", message: "Plus tard.", id: "k4", retry_after_ms: 1000 };

test("a command that the portal puts off is sent again with the same id", async () => {
  const { socket, commands } = commandsOverLine();
  socket.up();
  const answer = commands.send("note:write", BODY, 2);
  socket.take("note:write").answer({ ok: false, error: AWAY });
  assert.deepEqual(socket.sent, []);
  mock.timers.tick(1000);
  const again = socket.take("note:write");
  again.answer({ ok: true });

  assert.equal(again.body.command_id, "command-1");
  assert.deepEqual(await answer, { ok: true });
});

test("a command that is put off while the line is lost is sent once when it is back", async () => {
  const { socket, commands } = commandsOverLine();
  socket.up();
  commands.send("note:write", BODY, 2);
  socket.take("note:write").answer({ ok: false, error: AWAY });
  socket.drop();
  socket.up();
  socket.take("note:write");
  mock.timers.tick(1000);

  assert.deepEqual(socket.sent, []);
});

test("a message that is no command is not put off", async () => {
  const { socket, commands } = commandsOverLine();
  socket.up();
  const answer = commands.send("note:read", {}, 1);
  socket.take("note:read").answer({ ok: false, error: AWAY });

  await assert.rejects(answer, { code: "database-away" });
});
