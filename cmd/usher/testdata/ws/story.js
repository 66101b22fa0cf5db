// The main story, told by a WebSocket client that is not ours (the ws package) and fetch, with nothing but the
// shapes of the wire: three operators are let in, the fourth is refused and told who holds the seats, a logout
// lets them in, an administrator frees one. `node story.js` reads what `usher demo --json` prints from standard
// input, once more for each further node, and spreads the agents over the nodes. It exits with 1 and says why
// when something is not as it should be.
const assert = require("node:assert/strict");
const WebSocket = require("ws");

class Agent {
  constructor(node, who) {
    this.frames = [];
    this.waiting = [];
    this.id = 0;
    this.socket = new WebSocket(node.url.replace("http", "ws") + "/v1/agent", "usher.v1", {
      headers: { Authorization: `Bearer ${node.teammates.find((t) => t.name === who).token}` },
    });
    this.opened = new Promise((resolve, reject) => this.socket.once("open", resolve).once("error", reject));
    this.closed = new Promise((resolve) => this.socket.once("close", (code) => resolve(code)));
    this.socket.on("message", (text) => {
      this.frames.push(JSON.parse(text));
      for (const look of this.waiting.splice(0)) look();
    });
  }

  // next resolves with the first frame not yet taken that fits, and takes it.
  async next(fits) {
    for (;;) {
      const at = this.frames.findIndex(fits);
      if (at >= 0) return this.frames.splice(at, 1)[0];
      await new Promise((resolve) => this.waiting.push(resolve));
    }
  }

  async ask(type, data) {
    await this.opened;
    const id = String(++this.id);
    this.socket.send(JSON.stringify({ id, type, data }));
    return this.next((f) => f.id === id);
  }

  push(type) {
    return this.next((f) => !f.id && f.type === type);
  }
}

async function login(node, who, hello = {}) {
  const agent = new Agent(node, who);
  const welcome = await agent.ask("hello", hello);
  assert.equal(welcome.type, "welcome", JSON.stringify(welcome));
  agent.welcome = welcome.data;
  return agent;
}

async function http(node, who, method, path, body) {
  const answer = await fetch(`${node.url}/v1/licenses/${node.license}${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${node.teammates.find((t) => t.name === who).token}`,
      "Content-Type": "application/json",
    },
    body: body && JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
}

async function story(nodes) {
  const on = (n) => nodes[n % nodes.length];
  const holders = [];
  for (const [n, who] of ["Ann", "Bob", "Cid"].entries()) {
    const agent = await login(on(n), who);
    assert.equal(agent.welcome.seat.state, "held");
    assert.equal(agent.welcome.seat.number, n + 1);
    assert.equal(agent.welcome.access.inbox, "open");
    holders.push(agent);
  }
  const [ann, bob, cid] = holders;

  const dan = await login(on(3), "Dan");
  assert.equal(dan.welcome.seat.state, "refused");
  assert.equal(dan.welcome.seat.code, "seats_full");
  assert.deepEqual(dan.welcome.seat.holders.map((h) => h.name), ["Ann", "Bob", "Cid"]);
  assert.equal(dan.welcome.access.inbox, "no_seat");

  // a second device of a holder has the same seat; closing it changes nothing
  const phone = await login(on(1), "Ann", { device: "phone" });
  assert.equal(phone.welcome.seat.fence, ann.welcome.seat.fence);
  assert.equal(phone.welcome.seat.number, ann.welcome.seat.number);
  assert.equal((await phone.ask("logout")).type, "ok");
  assert.equal(await phone.closed, 4501);
  assert.equal((await ann.ask("seat.take")).data.seat.fence, ann.welcome.seat.fence);

  assert.equal((await dan.ask("seat.explain")).data.rule, "seats_full");
  assert.equal((await bob.ask("logout")).type, "ok");
  assert.equal(await bob.closed, 4501);
  for (;;) {
    const changed = await dan.push("board.changed");
    if ((changed.data.gone ?? []).includes(bob.welcome.teammate.id)) break;
  }
  const taken = (await dan.ask("seat.take")).data.seat;
  assert.equal(taken.state, "held");
  assert.equal(taken.number, 2);
  assert.ok(taken.fence > cid.welcome.seat.fence, "a later grant has a larger fence");

  // an administrator frees a seat; the socket stays
  const freed = await http(on(0), "Meg", "POST", "/seats/tm_dan/free", { reason: "lunch", fence: taken.fence });
  assert.deepEqual([freed.status, freed.body.number, freed.body.fence], [200, 2, taken.fence]);
  const lost = (await dan.push("seat.lost")).data;
  assert.deepEqual([lost.reason, lost.by, lost.message], ["freed", "tm_meg", "lunch"]);
  assert.equal((await dan.ask("seat.take")).data.seat.code, "cooldown");
  assert.equal(dan.socket.readyState, WebSocket.OPEN);

  const again = await http(on(1), "Meg", "POST", "/seats/tm_dan/free", { reason: "lunch" });
  assert.deepEqual([again.status, again.body.code], [404, "not_seated"]);
  const plain = await http(on(0), "Ann", "POST", "/seats/tm_cid/free", { reason: "no" });
  assert.deepEqual([plain.status, plain.body.code], [403, "forbidden"]);
  const board = await http(on(1), "Meg", "GET", "/seats");
  assert.deepEqual(board.body.holders.map((h) => h.teammate), ["tm_ann", "tm_cid"]);

  for (const agent of [ann, cid, dan]) {
    await agent.ask("logout");
    await agent.closed;
  }
}

const late = setTimeout(() => {
  console.error("the story did not end in time");
  process.exit(1);
}, 60_000);

let input = "";
process.stdin.on("data", (text) => (input += text));
process.stdin.on("end", () => {
  const nodes = input.trim().split("\n").map((line) => JSON.parse(line));
  story(nodes).then(
    () => {
      clearTimeout(late);
      console.log(`the story holds on ${nodes.length} node(s)`);
    },
    (err) => {
      console.error(err);
      process.exit(1);
    },
  );
});
