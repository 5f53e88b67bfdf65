// What is looked at stands in the address, so that it can be sent to somebody, and comes back after a reload.

import { DIMENSIONS, TILES } from "./protocol.js";
import { MODES } from "./palette.js";

export function readAddress() {
  const asked = new URLSearchParams(location.search);
  const filter = Object.fromEntries(DIMENSIONS.filter((by) => asked.get(by)).map((by) => [by, asked.get(by)]));
  const tiles = (asked.get("is") ?? "").split(",").filter((tile) => TILES.includes(tile));
  const by = DIMENSIONS.includes(asked.get("by")) ? asked.get("by") : "region";
  return {
    filter, tiles, by, page: Math.max(0, (Number.parseInt(asked.get("page"), 10) || 1) - 1), mode: asked.get("colour") in MODES ? asked.get("colour") : "status",
    wall: asked.get("wall") === "1",
  };
}

/** Keeps what it does not know, such as the size of a list. */
export function writeAddress(view, { isNew = false } = {}) {
  const asked = new URLSearchParams(location.search);
  for (const by of DIMENSIONS) put(asked, by, view.filter[by]);
  put(asked, "is", view.tiles.join(","));
  put(asked, "by", view.by === "region" ? "" : view.by);
  put(asked, "page", view.page ? String(view.page + 1) : "");
  put(asked, "colour", view.mode === "status" ? "" : view.mode);
  const query = asked.toString().replaceAll("%2C", ",");
  const url = `${location.pathname}${query ? `?${query}` : ""}`;
  if (url === `${location.pathname}${location.search}`) return;
  if (isNew) history.pushState(null, "", url);
  else history.replaceState(null, "", url);
}

function put(asked, name, value) {
  if (value) asked.set(name, value);
  else asked.delete(name);
}
