// One live connection to the hub: comes back by itself, knows the server's clock, says what it has drawn.
//
//   const socket = openSocket({ wall: false });
//   socket.on("counts", (message) => …);      every kind of message of pos_monitor/live/protocol.py, by its `type`
//   socket.on("cells", (frame) => …);         binary frames, in order, as readFrame gives them
//   socket.on("state", ({ is, reason }) => …) "connecting", "open", "lost", "ended" (ended: it does not try again)
//   socket.look({ wants: ["cells"], … }); socket.focus([17]); socket.have(revision);

import { readFrame } from "./protocol.js";

const ACK_MS = 1000;
const PING_MS = 10_000;
const HERE_MS = 60_000;
const LONGEST_PAUSE_MS = 30_000;
const FINAL = new Set([4401, 4403, 4429]);

export function openSocket({ wall = false } = {}) {
  const listeners = new Map();
  const said = { look: null, focus: null, have: null };
  let socket, attempts = 0, drawn = -1, acked = -1, offsetMs = 0, distanceMs = Infinity, ended = false, chain = Promise.resolve(), hereAt = -Infinity, retry;

  function tell(type, message) {
    for (const listener of listeners.get(type) ?? []) listener(message);
  }

  function send(message) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  function connect() {
    clearTimeout(retry);
    tell("state", { is: "connecting", attempts });
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const own = new WebSocket(`${scheme}//${location.host}/ws/fleet/${wall ? "?wall=1" : ""}`);
    socket = own;
    own.binaryType = "arraybuffer";
    chain = Promise.resolve();
    drawn = acked = -1;
    own.onopen = () => {
      ping();
      for (const message of [said.have, said.look, said.focus]) if (message) send(message);
    };
    own.onmessage = ({ data }) => (typeof data === "string" ? heard(JSON.parse(data)) : take(own, data));
    own.onclose = ({ code, reason }) => own === socket && lost(code, reason);
  }

  function heard(message) {
    if (message.type === "hello") {
      attempts = 0;
      tell("state", { is: "open" });
    }
    if (message.type === "pong") {
      const trip = performance.now() - message.at;
      if (trip < distanceMs * 2) {
        offsetMs = message.server_ms + trip / 2 - Date.now();
        distanceMs = trip;
      }
    }
    tell(message.type, message);
  }

  // In order, although a whole frame takes a moment to inflate. Only one chain a connection: what an old one still holds is dropped.
  function take(own, data) {
    const frame = readFrame(data);
    const draw = (ready) => {
      if (own !== socket) return;
      drawn = ready.version;
      tell("cells", ready);
    };
    chain = chain.then(() => frame).then(draw).catch((error) => { console.error(error); own.close(); });
  }

  function lost(code, reason) {
    if (FINAL.has(code)) {
      ended = true;
      return tell("state", { is: "ended", reason, code });
    }
    // Many screens lose one server at the same moment: they must not all come back at the same moment.
    const pause = Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** attempts) * (0.3 + 0.7 * Math.random());
    attempts += 1;
    tell("state", { is: "lost", reason, pause });
    retry = setTimeout(connect, pause);
  }

  const ping = () => send({ type: "ping", at: performance.now() });
  const ack = () => {
    if (drawn === acked) return;
    acked = drawn;
    send({ type: "ack", version: drawn });
  };
  const timers = [setInterval(ack, ACK_MS), setInterval(ping, PING_MS)];
  const touched = () => {
    if (performance.now() - hereAt < HERE_MS) return;
    hereAt = performance.now();
    send({ type: "here" });
  };
  if (!wall) for (const event of ["pointerdown", "pointermove", "keydown", "wheel"]) addEventListener(event, touched, { passive: true });
  addEventListener("online", () => { if (!ended && socket?.readyState === WebSocket.CLOSED) connect(); });

  function say(kind, message) {
    said[kind] = message;
    send(message);
  }

  connect();
  return {
    on(type, listener) { listeners.set(type, [...(listeners.get(type) ?? []), listener]); },
    look: (look) => say("look", { type: "look", ...look }),
    focus: (terminals) => say("focus", { type: "focus", terminals }),
    have: (revision) => say("have", { type: "have", revision }),
    serverNow: () => Date.now() + offsetMs,
    close() {
      ended = true;
      timers.forEach(clearInterval);
      clearTimeout(retry);
      const own = socket;
      socket = null;
      own?.close();
    },
  };
}
