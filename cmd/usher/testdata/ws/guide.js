// The client that the guide for authors of apps shows, run as it stands there. `node guide.js` reads the guide from a server and
// what `usher demo --json` prints from standard input; it exits with 1 and says why when something is not as it should be.
const assert = require("node:assert/strict");
const WebSocket = require("ws");
const { http, tokenOf } = require("./agent.js");

const patience = 20_000; // ms

// client is the class that the guide defines.
async function client(node) {
  const guide = await (await fetch(`${node.url}/v1/guide`)).text();
  const blocks = [...guide.matchAll(/```js\n(.*?)\n```/gs)];
  assert.equal(blocks.length, 1, "the guide has one program");
  return new Function("WebSocket", `"use strict"; ${blocks[0][1]}\nreturn Agent;`)(WebSocket);
}

// Told is an app of which is known what it was told.
class App {
  constructor(Agent, node, who) {
    this.who = who;
    this.all = [];
    this.agent = new Agent({
      url: node.url.replace("http", "ws") + "/v1/agent",
      token: async () => tokenOf(node, who),
      told: (type, data) => {
        this.all.push({ type, data });
        this.look?.();
      },
    });
  }

  // sees resolves once something holds, which is looked at whenever the app is told something.
  async sees(what, holds) {
    const late = Date.now() + patience;
    for (;;) {
      const found = holds(this.agent);
      if (found) return found;
      const had = `${this.who} waits for ${what}, and was told ${JSON.stringify(this.all)}`;
      assert.ok(Date.now() < late, had);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, late - Date.now() + 1);
        this.look = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  // told resolves with the data of the next thing of a type that the app is told.
  async told(type) {
    const at = () => this.all.findIndex((one) => one.type === type);
    await this.sees(type, () => at() >= 0);
    return this.all.splice(at(), 1)[0].data;
  }

  // cut breaks the connection, and resolves with the next welcome.
  async cut() {
    this.agent.socket.terminate();
    assert.deepEqual(await this.told("closed"), { code: 1006, again: true });
    return this.told("welcome");
  }
}

async function run(node) {
  const Agent = await client(node);
  const login = async (who) => {
    const app = new App(Agent, node, who);
    app.welcome = await app.told("welcome");
    return app;
  };
  const ann = await login("Ann");
  const bob = await login("Bob");
  const cid = await login("Cid");
  assert.ok(ann.agent.mayAct() && ann.agent.seat.ticket, "a seat with a ticket");
  const dan = await login("Dan");
  assert.deepEqual([dan.agent.seat.state, dan.agent.seat.code, dan.agent.mayAct()], ["refused", "seats_full", false]);
  console.log("three are let in, the fourth is refused");

  assert.equal((await dan.agent.waitInLine()).seat.place, 1);
  await ann.agent.leaveSeat();
  assert.deepEqual([ann.agent.mayAct(), ann.agent.wants], [false, "none"]);
  assert.equal((await dan.told("seat.granted")).cause, "waitlist");
  assert.ok(dan.agent.mayAct() && dan.agent.seat.ticket);
  await cid.sees("Dan in Ann's place", ({ holders }) => holders.has("tm_dan") && !holders.has("tm_ann"));
  console.log("who waits gets the seat that is left, and all see it");

  const { fence } = dan.agent.seat;
  const back = await dan.cut();
  assert.deepEqual([back.resumed, back.seat.fence, dan.agent.mayAct()], [true, fence, true]);
  console.log("a broken connection is made anew, and finds the seat");

  cid.agent.feeds.board.version = 0; // as if all had been missed
  cid.agent.holders.clear();
  await http(node, "Meg", "POST", "/licenses/lic_demo/seats/tm_dan/free", { reason: "lunch" });
  const lost = await dan.told("seat.lost");
  assert.deepEqual([lost.reason, lost.message, dan.agent.mayAct()], ["freed", "lunch", false]);
  await cid.sees("the board as it is", ({ holders }) => holders.size === 2 && holders.has("tm_bob") && holders.has("tm_cid"));
  await cid.told("snapshot");
  console.log("who missed a change asks for the whole board");

  assert.deepEqual((await dan.cut()).seat, { state: "none" });
  await assert.rejects(dan.agent.request("seat.answer", { ask: "ask_none", accept: true }), { code: "not_found" });
  assert.equal((await dan.agent.takeSeat()).seat.code, "cooldown");
  console.log("who was freed comes back without asking for a seat");

  const waits = bob.agent.request("sync");
  bob.agent.socket.terminate();
  await assert.rejects(waits, { code: "unknown" });
  await assert.rejects(bob.agent.request("sync"), { code: "not_connected" });
  console.log("nobody knows what became of a request whose answer did not come");

  for (const app of [ann, cid, dan]) {
    await app.agent.logOut();
    assert.deepEqual(await app.told("closed"), { code: 4501, again: false });
    assert.equal(app.agent.mayAct(), false);
  }
  console.log("who logs out stays away");
}

const fail = (why) => {
  console.error(why);
  process.exit(1);
};
setTimeout(() => fail("it did not end in time"), 60_000).unref();

let input = "";
process.stdin.on("data", (text) => (input += text));
process.stdin.on("end", () => run(JSON.parse(input)).then(() => process.exit(0), fail));
