/** A mistake in how the SDK is used, or a call that the platform refused. `code` is stable; the message says what mends it. */
export class FsaError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "FsaError";
    this.code = code;
  }
}
