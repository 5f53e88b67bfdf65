// For pages that show a single terminal: every report of it, as it comes.

import { openSocket } from "./socket.js";

/**
 * watchTerminal(17, { report({ terminal, received_ms, values }), state({ is, reason }) }): reports in the units of POST /v1/telemetry; what a report did
 * not say is not in `values`. Returns the socket: close() ends it.
 */
export function watchTerminal(number, { report, state = () => {} }) {
  const socket = openSocket();
  socket.on("report", (message) => { if (message.terminal === number) report(message); });
  socket.on("state", state);
  socket.focus([number]);
  return socket;
}
