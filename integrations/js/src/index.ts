// The SDK as a module. Importing it does nothing; `loadFsa` does, and on a server it answers null.
import { load, platformOf } from "./load";
import type { Fsa, FsaOptions } from "./types";

export { FsaError } from "./errors";
export type * from "./types";

export const version = "1.0.0";

/** Get ready for one merchant. Throws FsaError for anything but a publishable key; null on a server. */
export function loadFsa(options: FsaOptions): Fsa | null {
  return load(options, platformOf(import.meta.url));
}
