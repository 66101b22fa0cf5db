// An agent app made with a WebSocket client that is not ours (the ws package), and an administrator's HTTP calls made
// with fetch. They know nothing but the shapes of the wire.
const assert = require("node:assert/strict");
const fs = require("node:fs");
const WebSocket = require("ws");

const patience = 20_000; // ms; how long anything may take on a loaded machine

// Each frame that an agent sends (said) or gets (heard) is a line of this file, where one is named.
const file = process.argv[2];
let agents = 0;

const tokenOf = (node, who) => node.teammates.find((t) => t.name === who).token;

class Agent {
  constructor(node, who) {
    this.who = who;
    this.number = ++agents;
    this.frames = []; // that came and were not taken yet
    this.waiting = [];
    this.id = 0;
    this.socket = new WebSocket(node.url.replace("http", "ws") + "/v1/agent", "usher.v1", {
      headers: { Authorization: `Bearer ${tokenOf(node, who)}` },
    });
    this.opened = new Promise((resolve, reject) => this.socket.once("open", resolve).once("error", reject));
    this.closed = new Promise((resolve) => this.socket.once("close", resolve));
    this.closed.then((code) => {
      this.code = code;
      this.look();
    });
    this.socket.on("message", (text) => {
      this.note({ heard: String(text) });
      this.frames.push(JSON.parse(text));
      this.look();
    });
  }

  note(frame) {
    if (file) fs.appendFileSync(file, JSON.stringify({ agent: this.number, ...frame }) + "\n");
  }

  look() {
    for (const look of this.waiting.splice(0)) look();
  }

  // next resolves with the first frame not yet taken that fits, and takes it.
  async next(what, fits) {
    const late = Date.now() + patience;
    for (;;) {
      const at = this.frames.findIndex(fits);
      if (at >= 0) return this.frames.splice(at, 1)[0];
      const had = `${this.who} waits for ${what}, and got ${JSON.stringify(this.frames)}`;
      assert.equal(this.code, undefined, `the connection is closed: ${had}`);
      assert.ok(Date.now() < late, had);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, late - Date.now() + 1);
        this.waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  // request resolves with the reply.
  async request(type, data) {
    await this.opened;
    const id = String(++this.id);
    const text = JSON.stringify({ id, type, data });
    this.note({ said: text });
    this.socket.send(text);
    return this.next(`the answer to ${type}`, (f) => f.id === id);
  }

  // does resolves with the data of an ok.
  async does(type, data) {
    const reply = await this.request(type, data);
    assert.equal(reply.type, "ok", `${this.who}: ${type}: ${JSON.stringify(reply)}`);
    return reply.data;
  }

  // cannot resolves with the code of an error.
  async cannot(type, data) {
    const reply = await this.request(type, data);
    assert.equal(reply.type, "error", `${this.who}: ${type}: ${JSON.stringify(reply)}`);
    assert.ok(reply.data.message, "an error has a message");
    return reply.data.code;
  }

  // told resolves with the data of the next push of a type.
  async told(type) {
    return (await this.next(type, (f) => !f.id && f.type === type)).data;
  }

  // sees resolves once the board was told to have changed in such a way.
  async sees(what, fits) {
    for (;;) {
      const changed = await this.next(`a board.changed: ${what}`, (f) => f.type === "board.changed");
      if (fits(changed.data)) return;
    }
  }

  // knows resolves once the roster, as this app has followed it, has somebody such.
  async knows(what, teammate, fits) {
    for (;;) {
      const entry = this.roster.get(teammate);
      if (entry && fits(entry)) return entry;
      const { data } = await this.next(`a roster.changed: ${what}`, (f) => f.type === "roster.changed");
      for (const changed of data.changes) this.roster.set(changed.teammate, changed);
      for (const removed of data.removed) this.roster.delete(removed);
    }
  }

  async logout() {
    await this.does("logout");
    assert.equal(await this.closed, 4501);
  }
}

async function login(node, who, hello = {}) {
  const agent = new Agent(node, who);
  const welcome = await agent.request("hello", hello);
  assert.equal(welcome.type, "welcome", JSON.stringify(welcome));
  agent.welcome = welcome.data;
  agent.roster = new Map((welcome.data.roster ?? []).map((entry) => [entry.teammate, entry]));
  return agent;
}

async function http(node, who, method, path, body) {
  const answer = await fetch(`${node.url}/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${tokenOf(node, who)}`, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
}

module.exports = { http, login, tokenOf };
