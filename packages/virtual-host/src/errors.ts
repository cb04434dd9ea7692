/** What the operator of a virtual host asked for and cannot have; `code` is stable, the text is for people. */
export type VirtualHostErrorCode =
  | 'already-serving'
  | 'bad-program'
  | 'bad-rules'
  | 'gone'
  | 'not-a-virtual-host'
  | 'not-serving'
  | 'unknown-controller'
  | 'unknown-subsystem'
  | 'usage'

/** The only error class that this package throws to its callers. */
export class VirtualHostError extends Error {
  readonly code: VirtualHostErrorCode

  constructor(code: VirtualHostErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'VirtualHostError'
    this.code = code
  }
}
