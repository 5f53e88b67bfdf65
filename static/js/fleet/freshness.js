// How old is what is seen, said all the time; and a banner across the page when it is too old to be believed.

import { agoOf } from "./words.js";
import { say } from "./dom.js";

const STALE_MS = 3000;

export class Freshness {
  constructor({ badge, banner, page, socket, signInUrl }) {
    Object.assign(this, { badge, banner, page, socket, signInUrl, is: "connecting", asOf: 0, heardAt: 0, shards: [], isConnected: true });
    socket.on("state", (state) => { this.is = state.is; this.reason = state.reason; this.show(); });
    socket.on("health", (message) => { this.shards = message.shards; this.isConnected = message.is_connected; this.show(); });
    setInterval(() => this.show(), 500);
  }

  /** A frame came: its oldest report was `behindMs` old when it was made. */
  took({ madeMs, behindMs }) {
    this.asOf = madeMs - behindMs;
    this.heardAt = performance.now();
    this.delayMs = Math.max(0, this.socket.serverNow() - this.asOf);
    if (this.is === "open") this.show();
  }

  show() {
    const silentMs = this.heardAt ? performance.now() - this.heardAt : 0;
    const trouble = this.trouble(silentMs);
    const isLive = this.is === "open" && this.heardAt > 0 && silentMs < STALE_MS;
    this.badge.dataset.is = trouble ? "stale" : isLive ? "live" : "waiting";
    say(this.badge, isLive && !trouble ? `live, ${(this.delayMs / 1000).toFixed(1)} s behind` : this.heardAt ? `${agoOf(0, silentMs)} old` : "connecting");
    this.page.classList.toggle("is-stale", Boolean(trouble) && silentMs > STALE_MS);
    this.banner.hidden = !trouble;
    say(this.banner.firstElementChild, trouble);
    const ended = this.banner.querySelector("a");
    ended.hidden = this.is !== "ended";
    if (this.is === "ended") ended.href = this.signInUrl();
  }

  trouble(silentMs) {
    const old = this.heardAt ? ` What you see is ${agoOf(0, silentMs)} old.` : "";
    if (this.is === "ended") return `${this.reason || "The connection has ended."}${old}`;
    if (this.is === "lost" && silentMs > STALE_MS) return `The connection is lost; trying again.${old}`;
    if (this.is !== "open") return "";
    if (!this.isConnected) return `The platform does not hear its engines; it tries again.${old}`;
    const silent = this.shards.filter(([, ms]) => ms > 5000);
    if (silent.length) return `${silent.map(([shard, ms]) => `Engine ${shard} has said nothing for ${agoOf(0, ms)}`).join("; ")}. Its terminals may be otherwise by now.`;
    if (this.heardAt && silentMs > STALE_MS + 2000) return `Nothing new has come.${old}`;
    return "";
  }
}
