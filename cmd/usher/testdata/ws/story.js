// The main story, told by clients that are not ours. `node story.js` reads what `usher demo --json` prints from standard
// input, once more for each further node, and spreads the agents over the nodes. It exits with 1 and says why when
// something is not as it should be. Each chapter begins where the one before ended.
const assert = require("node:assert/strict");
const WebSocket = require("ws");
const { http, login, tokenOf } = require("./agent.js");
const { altered, inboxOf } = require("./inbox.js");

const license = "/licenses/lic_demo";
const names = (list) => list.map((one) => one.name);

// Seats: Ann 1, Bob 2, Cid 3.
async function refused(s) {
  for (const [n, who] of ["Ann", "Bob", "Cid"].entries()) {
    const agent = await login(s.on(n), who);
    const { seat, access } = agent.welcome;
    assert.deepEqual([seat.state, seat.number, access.inbox], ["held", n + 1, "open"], JSON.stringify(seat));
    s[who.toLowerCase()] = agent;
  }
  s.dan = await login(s.on(3), "Dan");
  const { seat, access } = s.dan.welcome;
  assert.deepEqual([seat.state, seat.code, access.inbox], ["refused", "seats_full", "no_seat"]);
  assert.deepEqual(names(seat.holders), ["Ann", "Bob", "Cid"]);

  const why = await s.dan.does("seat.explain");
  assert.deepEqual([why.would, why.rule, why.used, why.total, why.place], ["refused", "seats_full", 3, 3, null]);
}

// A second device of a holder has the same seat; logging it out changes nothing.
async function devices({ on, ann }) {
  const phone = await login(on(1), "Ann", { device: "phone" });
  const { number, fence } = ann.welcome.seat;
  assert.deepEqual([phone.welcome.seat.number, phone.welcome.seat.fence], [number, fence]);
  await phone.logout();
  assert.equal((await ann.does("seat.take")).seat.fence, fence);
}

// Seats: Ann 1, Dan 2, Cid 3. Eve waits; Bob is refused.
async function waiting(s) {
  const { bob, cid, dan } = s;
  const { seat } = await dan.does("seat.wait");
  assert.deepEqual([seat.state, seat.place, names(seat.holders)], ["waiting", 1, ["Ann", "Bob", "Cid"]]);

  const eve = (s.eve = await login(s.on(4), "Eve", { seat: "wait" }));
  assert.deepEqual([eve.welcome.seat.state, eve.welcome.seat.place], ["waiting", 2]);
  assert.deepEqual(names(eve.welcome.board.waitlist), ["Dan", "Eve"]);
  assert.deepEqual(await dan.told("waitlist.changed"), { place: 1, waiting: 2 });
  assert.equal((await dan.does("seat.explain")).rule, "already_waiting");

  await bob.logout();
  const granted = await dan.told("seat.granted");
  assert.deepEqual([granted.cause, granted.seat.state, granted.seat.number], ["waitlist", "held", 2]);
  assert.ok(granted.seat.fence > cid.welcome.seat.fence, "a later grant has a higher fence");
  assert.equal((await dan.told("access.changed")).access.inbox, "open");
  assert.deepEqual(await eve.told("waitlist.changed"), { place: 1, waiting: 1 });
  await cid.sees("Bob's seat is Dan's", ({ gone = [], holders }) => gone.includes("tm_bob") && names(holders).includes("Dan"));

  s.bob = await login(s.on(1), "Bob");
  assert.equal(s.bob.welcome.seat.code, "seats_full");
}

// Seats: Bob 1, Dan 2, Cid 3. Eve waits; Ann has given hers to Bob, who asked for it.
async function asked(s) {
  const { ann, bob, cid, eve } = s;
  const phone = (s.phone = await login(s.on(1), "Ann", { device: "phone" }));
  const note = "A customer wants to talk to me";
  const { ask, delivered } = await bob.does("seat.ask", { of: "tm_ann", note });
  assert.equal(delivered, 2);
  for (const device of [ann, phone]) {
    const { expires_ms, ...received } = await device.told("ask.received");
    assert.deepEqual(received, { ask, of: "tm_ann", from: { id: "tm_bob", name: "Bob" }, note });
    assert.ok(expires_ms > 0, `${expires_ms} ms`);
  }
  assert.equal(await bob.cannot("seat.ask", { of: "tm_ann" }), "already_asked");
  assert.equal(await cid.cannot("seat.answer", { ask, accept: true }), "not_found");

  const { number, fence } = ann.welcome.seat;
  assert.deepEqual(await ann.does("seat.answer", { ask, accept: true }), { seat: { state: "none" } });
  const granted = await bob.told("seat.granted");
  assert.deepEqual([granted.cause, granted.seat.number], ["hand_over", number]);
  assert.ok(granted.seat.fence > fence, "the number stays, the fence is new");
  assert.deepEqual(await bob.told("ask.answered"), { ask, outcome: "accepted" });
  const lost = await phone.told("seat.lost");
  assert.deepEqual([lost.number, lost.fence, lost.reason], [number, fence, "handed_over"]);
  assert.equal((await eve.does("seat.wait")).seat.place, 1, "a seat is handed over past the waitlist");
}

// Seats: Ann 1, Dan 2, Cid 3. Eve waits; Bob has given his back to Ann.
async function handedOver({ on, ann, bob, cid, phone }) {
  const hands = (to) => cid.cannot("seat.hand_over", { to });
  assert.equal(await hands("tm_cid"), "bad_request");
  assert.equal(await hands("tm_nobody"), "not_found");
  assert.equal(await hands("tm_meg"), "not_operator");
  assert.equal(await hands("tm_bob"), "already_seated");
  assert.equal(await hands("tm_ann"), "not_present", "Ann is connected, but has not asked for a seat since");
  assert.equal(await ann.cannot("seat.hand_over", { to: "tm_eve" }), "not_seated");

  assert.equal((await phone.does("seat.take")).seat.code, "seats_full");
  const { ask } = await phone.does("seat.ask", { of: "tm_cid" });
  assert.equal((await cid.told("ask.received")).ask, ask);
  assert.equal((await cid.does("seat.answer", { ask, accept: false })).seat.state, "held");
  assert.deepEqual(await phone.told("ask.answered"), { ask, outcome: "declined" });

  await policy(on(1), { hand_over: "off" });
  assert.equal(await hands("tm_ann"), "hand_over_off");
  await policy(on(0), { hand_over: "asked" });
  assert.equal(await hands("tm_ann"), "not_asked");

  const another = await phone.does("seat.ask", { of: "tm_bob" });
  assert.deepEqual(await bob.does("seat.hand_over", { to: "tm_ann" }), { seat: { state: "none" } });
  assert.deepEqual(await phone.told("ask.answered"), { ask: another.ask, outcome: "accepted" });
  const granted = await phone.told("seat.granted");
  assert.deepEqual([granted.cause, granted.seat.number], ["hand_over", 1]);
  await policy(on(1), { hand_over: null });
}

// The holders stay as they are. Meg, who is no operator, has answered Bob, and so for Eve too.
async function administratorsAsked({ on, bob, cid, eve }) {
  const meg = await login(on(0), "Meg", { seat: "none" });
  const phone = await login(on(1), "Meg", { seat: "none", device: "phone" });
  assert.equal((await bob.does("seat.take")).seat.code, "seats_full");
  const note = "One seat more, please";
  const { ask, delivered } = await bob.does("seat.ask", { note });
  assert.ok(delivered > 0, `delivered to ${delivered}`);
  const later = await login(on(0), "Meg", { seat: "none", device: "tablet" });
  for (const device of [meg, phone, later, eve]) {
    const { expires_ms, ...received } = await device.told("ask.received");
    assert.deepEqual(received, { ask, from: { id: "tm_bob", name: "Bob" }, note });
    assert.ok(expires_ms > 0, `${expires_ms} ms`);
  }
  assert.equal(await bob.cannot("seat.ask", { note }), "already_asked");
  assert.equal(await cid.cannot("seat.answer", { ask, accept: true }), "not_found");
  assert.deepEqual(await meg.does("seat.answer", { ask, accept: true }), { seat: { state: "none" } });
  assert.deepEqual(await bob.told("ask.answered"), { ask, outcome: "accepted" });
  assert.equal(await meg.cannot("seat.answer", { ask, accept: false }), "not_found");
  for (const device of [meg, phone, later]) await device.logout();
}

// Seats: Ann 1, Dan 2, Bob 3. Eve waits; Cid has given hers to Bob.
async function tickets(s) {
  const { on, cid } = s;
  const desk = await login(on(0), "Cid", { device: "desk", ticket: true });
  const bob = await login(on(1), "Bob", { device: "desk", ticket: true });
  assert.equal(bob.welcome.seat.code, "seats_full");
  const { ticket, ticket_ttl_ms, number, fence } = desk.welcome.seat;
  assert.ok(ticket_ttl_ms > 0, JSON.stringify(desk.welcome.seat));

  const inbox = await inboxOf(on(1));
  const { exp, ...cids } = inbox.admit(ticket);
  const proven = { license: "lic_demo", teammate: "tm_cid", number, fence };
  assert.deepEqual(cids, proven);
  assert.throws(() => inbox.admit(altered(ticket, { sub: "tm_bob" })), /forged/);
  assert.throws(() => inbox.admit(altered(ticket, { exp: exp + 3600 })), /forged/);
  assert.throws(() => inbox.admit(ticket, exp), /over/);
  assert.throws(() => inbox.admit(tokenOf(on(0), "Cid")), /not a ticket/);
  const introspect = async (n, ticket) => (await http(on(n), "Meg", "POST", "/tickets/introspect", { ticket })).body;
  assert.deepEqual(await introspect(1, ticket), { active: true, ...proven });
  assert.deepEqual(await introspect(0, altered(ticket, { sub: "tm_bob" })), { active: false });

  await cid.does("seat.hand_over", { to: "tm_bob" });
  assert.equal((await desk.told("seat.lost")).reason, "handed_over");
  assert.deepEqual(await introspect(1, ticket), { active: false }, "Usher knows at once");
  const { seat } = await bob.told("seat.granted");
  assert.deepEqual([inbox.admit(seat.ticket).teammate, seat.number], ["tm_bob", number]);
  assert.throws(() => inbox.admit(ticket, exp - 1), /stale/, "a backend knows from the next holder's ticket on");

  await desk.logout();
  await s.bob.logout();
  s.bob = bob;
}

// The holders stay as they are.
async function routing({ on, ann, bob }) {
  const route = "not_accepting_chats";
  assert.deepEqual(await bob.does("routing.set", { routing: route }), {});
  await ann.sees("Bob's routing", ({ holders }) => holders.some((h) => h.name === "Bob" && h.routing === route));
  const { body: board } = await http(on(0), "Meg", "GET", `${license}/seats`); // Ann's node, which has told her
  assert.deepEqual(board.holders.map((h) => [h.name, h.routing === route]), [["Ann", false], ["Dan", false], ["Bob", true]]);
  assert.deepEqual(names(board.waitlist), ["Eve"]);
}

// Seats: Ann 1, Eve 2, Bob 3. Meg has freed Dan's.
async function freed({ on, bob, dan, eve }) {
  const { seat } = await dan.does("seat.take");
  const free = (n, who, of, body) => http(on(n), who, "POST", `${license}/seats/${of}/free`, { reason: "lunch", ...body });
  const plain = await free(0, "Ann", "tm_dan");
  assert.deepEqual([plain.status, plain.body.code], [403, "forbidden"]);
  const stale = await free(1, "Meg", "tm_dan", { fence: seat.fence - 1 });
  assert.deepEqual([stale.status, stale.body.code], [409, "stale_fence"]);

  assert.deepEqual(await free(0, "Meg", "tm_dan", { fence: seat.fence }), { status: 200, body: { number: 2, fence: seat.fence } });
  const lost = await dan.told("seat.lost");
  assert.deepEqual([lost.fence, lost.reason, lost.by, lost.message], [seat.fence, "freed", "tm_meg", "lunch"]);
  const granted = await eve.told("seat.granted");
  assert.deepEqual([granted.cause, granted.seat.number], ["waitlist", 2]);
  const again = await free(1, "Meg", "tm_dan");
  assert.deepEqual([again.status, again.body.code], [404, "not_seated"]);

  // the socket stays; asking again is for later, or for when the cooldown is lifted
  assert.equal(dan.socket.readyState, WebSocket.OPEN);
  const cooldown = (await dan.does("seat.take")).seat;
  assert.equal(cooldown.code, "cooldown");
  assert.ok(cooldown.retry_after_ms > 0 && cooldown.retry_after_ms <= 60_000, `${cooldown.retry_after_ms} ms`);
  assert.equal(await bob.cannot("seat.hand_over", { to: "tm_dan" }), "cooldown");
  const { body: explained } = await http(on(1), "Meg", "GET", `${license}/seats/explain?teammate=tm_dan`);
  assert.deepEqual([explained.would, explained.rule], ["refused", "cooldown"]);
  for (const lifted of [true, false]) {
    assert.deepEqual(await http(on(1), "Meg", "DELETE", `${license}/cooldowns/tm_dan`), { status: 200, body: { lifted } });
  }
  assert.equal((await dan.does("seat.take")).seat.code, "seats_full");
}

// Seats: Ann 1, Dan 2, Bob 3. Eve has left hers, which was for administrators until Meg changed that.
async function reserved({ on, cid, dan, eve }) {
  const bad = await http(on(0), "Meg", "PATCH", license, { policy: { reserved: { administrators: -1 } } });
  assert.deepEqual([bad.status, bad.body.code, bad.body.field], [400, "bad_request", "policy.reserved.administrators"]);
  assert.deepEqual(await policy(on(1), { reserved: { administrators: 1 } }), { reserved: { administrators: 1 } });

  assert.equal((await dan.does("seat.wait")).seat.place, 1);
  await eve.does("seat.leave");
  const why = await dan.does("seat.explain");
  assert.deepEqual([why.used, why.total, why.reserved, why.place], [2, 3, 1, 1], "a seat is left, for an administrator");
  assert.equal((await cid.does("seat.take")).seat.code, "seats_full");
  assert.equal((await eve.does("seat.explain")).would, "granted");

  assert.deepEqual(await policy(on(0), { reserved: null }), {});
  const granted = await dan.told("seat.granted");
  assert.deepEqual([granted.cause, granted.seat.number], ["waitlist", 2]);
}

// Ned, who is neither operator nor administrator, is there too for a while.
async function here(s) {
  const { on, ann, bob, cid, dan, eve, phone } = s;
  const ned = await login(on(1), "Ned", { seat: "none" });
  const shown = [...ned.roster.values()].map(({ name, status, devices }) => [name, status, devices.length]);
  const all = [["Ann", "online", 2], ["Bob", "online", 1], ["Cid", "online", 1], ["Dan", "online", 1], ["Eve", "online", 1]];
  assert.deepEqual(shown, [...all, ["Meg", "offline", 0], ["Ned", "online", 1]]);
  await ann.knows("Ned is here", "tm_ned", ({ status, last_seen }) => status === "online" && last_seen === null);

  const { entry } = await bob.does("status.set", { status: "busy", note: "in a call" });
  assert.deepEqual([entry.name, entry.status, entry.note], ["Bob", "busy", "in a call"]);
  await ned.knows("Bob is busy", "tm_bob", ({ status, note }) => status === "busy" && note === "in a call");
  assert.equal(await bob.cannot("status.set", { status: "asleep" }), "bad_request");
  const again = await login(on(0), "Bob", { device: "phone", seat: "none" });
  assert.equal(again.roster.get("tm_bob").status, "busy", "connecting does not change what was chosen");

  const until = new Date(Date.now() + 1500).toISOString();
  await dan.does("status.set", { status: "away", note: "lunch", until });
  await ned.knows("Dan is away", "tm_dan", ({ status }) => status === "away");
  await ned.knows("Dan is back", "tm_dan", ({ status, note }) => status === "online" && note === "");
  await ned.does("activity", { idle: true });
  await ann.knows("Ned is idle", "tm_ned", ({ status, devices }) => status === "away" && devices[0].idle);

  await cid.does("status.set", { status: "invisible" });
  await ned.knows("Cid is not to be seen", "tm_cid", ({ status, devices }) => status === "offline" && devices.length === 0);
  await cid.knows("oneself is", "tm_cid", ({ status }) => status === "invisible");
  await eve.knows("and is by an administrator", "tm_cid", ({ status, devices }) => status === "invisible" && devices[0].node);

  const get = async (n, path) => (await http(on(n), "Meg", "GET", license + path)).body;
  const { roster } = await get(0, "/presence");
  assert.deepEqual(roster.map((e) => e.status), ["online", "busy", "invisible", "online", "online", "offline", "away"]);
  const { items } = await get(1, "/sessions?teammate=tm_ann");
  const ids = [ann.welcome.session, phone.welcome.session];
  assert.deepEqual(items.map((item) => item.session).sort(), ids.sort());

  const plain = await http(on(0), "Ann", "DELETE", `${license}/sessions/${again.welcome.session}`);
  assert.deepEqual([plain.status, plain.body.code], [403, "forbidden"]);
  assert.equal((await http(on(1), "Meg", "DELETE", `${license}/sessions/${again.welcome.session}`)).status, 200);
  assert.equal(await again.closed, 4502);
  assert.equal((await http(on(0), "Meg", "POST", `${license}/teammates/tm_ned/logout`)).body.sessions.length, 1);
  assert.equal(await ned.closed, 4502);
  await ann.knows("Ned was logged out", "tm_ned", ({ status, last_seen }) => status === "offline" && last_seen);
}

async function left({ on, ann, bob, cid, dan, eve, phone }) {
  for (const agent of [ann, phone, bob, cid, dan, eve]) await agent.logout();
  const { body: board } = await http(on(0), "Meg", "GET", `${license}/seats/explain?teammate=tm_ann`);
  assert.deepEqual([board.would, board.rule, board.used, board.waitlist], ["granted", "seat_open", 0, []]);
}

// policy changes the license's and returns what is set.
async function policy(node, change) {
  const { status, body } = await http(node, "Meg", "PATCH", license, { policy: change });
  assert.deepEqual([status, body.applied], [200, true], JSON.stringify(body));
  return body.policy;
}

const chapters = [
  ["three are let in, the fourth is refused and told why", refused],
  ["a second device has the same seat", devices],
  ["who is refused waits in line, and is seated when it is their turn", waiting],
  ["a holder who is asked hands the seat over", asked],
  ["why a seat can't be handed over is told, and who asked gets it", handedOver],
  ["who has no seat asks the administrators, of whom one answers for all", administratorsAsked],
  ["a backend lets holders work on their tickets alone", tickets],
  ["the board shows who gets new chats", routing],
  ["an administrator frees a seat, and lifts the cooldown", freed],
  ["a policy acts at once", reserved],
  ["everybody sees who is here, and what they chose", here],
  ["all leave", left],
];

async function story(nodes) {
  const scene = { on: (n) => nodes[n % nodes.length] };
  for (const [title, chapter] of chapters) {
    console.log(title);
    await chapter(scene);
  }
}

const fail = (why) => {
  console.error(why);
  process.exit(1);
};
setTimeout(() => fail("the story did not end in time"), 60_000).unref();

let input = "";
process.stdin.on("data", (text) => (input += text));
process.stdin.on("end", () => {
  const nodes = input.trim().split("\n").map((line) => JSON.parse(line));
  story(nodes).then(() => console.log(`the story holds on ${nodes.length} node(s)`), fail);
});
