// An inbox backend that lets holders of seats work on their tickets alone, with node's own crypto and the keys that
// Usher publishes.
const crypto = require("node:crypto");

class Inbox {
  constructor(jwks) {
    this.keys = new Map(jwks.keys.map((k) => [k.kid, crypto.createPublicKey({ key: k, format: "jwk" })]));
    this.fences = new Map(); // by license and number: the highest that was seen
  }

  // admit returns who may work, or throws why nobody may. at is in seconds.
  admit(ticket, at = Date.now() / 1000) {
    const [head, body, signature] = ticket.split(".");
    const { alg, typ, kid } = read(head);
    const key = this.keys.get(kid);
    if (alg !== "EdDSA" || typ !== "usher-ticket+jwt" || !key) throw new Error("not a ticket");
    if (!crypto.verify(null, `${head}.${body}`, key, Buffer.from(signature, "base64url"))) throw new Error("forged");
    const { iss, aud, sub, license, number, fence, exp } = read(body);
    if (iss !== "usher" || ![aud].flat().includes("usher-inbox")) throw new Error("for somebody else");
    if (!(at < exp)) throw new Error("over");
    const seat = `${license}/${number}`;
    if (fence < (this.fences.get(seat) ?? 0)) throw new Error("stale");
    this.fences.set(seat, fence);
    return { license, teammate: sub, number, fence, exp };
  }
}

// inboxOf has the keys of a node.
async function inboxOf(node) {
  return new Inbox(await (await fetch(`${node.url}/.well-known/jwks.json`)).json());
}

const read = (part) => JSON.parse(Buffer.from(part, "base64url"));

// altered is a ticket that says something else, under the same signature.
function altered(ticket, change) {
  const [head, body, signature] = ticket.split(".");
  return [head, Buffer.from(JSON.stringify({ ...read(body), ...change })).toString("base64url"), signature].join(".");
}

module.exports = { altered, inboxOf };
