/** Stands for a Socket.IO client (`Socket` in live_line.js): the test decides when the line stands and what is answered. */
export class FakeSocket {
  connected = false;
  attempts = 0;
  /** @type {{name: string, body: any, answer: (answer: any) => void}[]} */
  sent = [];
  #handlers = new Map();

  connect() {
    this.attempts += 1;
  }

  disconnect() {
    this.drop();
  }

  on(name, handler) {
    this.#handlers.set(name, [...(this.#handlers.get(name) ?? []), handler]);
  }

  off(name, handler) {
    this.#handlers.set(
      name,
      (this.#handlers.get(name) ?? []).filter((other) => other !== handler),
    );
  }

  emit(name, body, answer) {
    if (!this.connected) throw new Error(`${name} was sent without a line`);
    this.sent.push({ name, body, answer });
  }

  /** What the portal pushes. */
  push(name, body) {
    for (const handler of this.#handlers.get(name) ?? []) handler(body);
  }

  /** The line stands. */
  up() {
    this.connected = true;
    this.push("connect");
  }

  /** The line breaks. */
  drop() {
    this.connected = false;
    this.push("disconnect", "transport close");
  }

  /** An attempt fails; `data` is what the portal says, if it was reached. */
  fail(data) {
    this.push("connect_error", Object.assign(new Error("no"), { data }));
  }

  /** Take the oldest message of a name that was sent. */
  take(name) {
    const index = this.sent.findIndex((message) => message.name === name);
    if (index < 0) throw new Error(`no ${name} was sent; sent: ${this.sent.map((message) => message.name)}`);
    return this.sent.splice(index, 1)[0];
  }
}
