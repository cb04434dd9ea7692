/** What the processes of the hammer say to the one that plays the kernel and udevd, and what it answers. */
export type Question =
  /** Waits for a number, gets a new controller, and holds its number until `unpin`. */
  | { readonly ask: 'connect' }
  /** Holds the number of a live controller until `unpin`; null: there is none. */
  | { readonly ask: 'pin'; readonly device: string }
  /** @param owned the caller's write came back as done: from now on it must read as owned */
  | { readonly ask: 'unpin'; readonly owned: boolean }
  /** Before and after a call that may make it unowned. */
  | { readonly ask: 'disowning' | 'disowned'; readonly device: string }
  /** Waits for a remove event. */
  | { readonly ask: 'event' }
  | { readonly ask: 'handled' }

/** `device` and `seqnum` as far as the question is about them; null: the end, or no such controller. */
export type Answer = { readonly device: string; readonly seqnum?: string } | null

export type ToKernel =
  | { readonly question: Question }
  | { readonly violation: string }
  | { readonly broken: string }
  | { readonly ready: true }
  | { readonly counts: Readonly<Record<string, number>> }

export type ToWorker = { readonly answer: Answer } | { readonly stop: true } | { readonly go: true }

export const ROLES = ['publisher', 'claimer', 'reaper', 'reader', 'sweeper'] as const
export type Role = (typeof ROLES)[number]

export const DEVICES: readonly string[] = Array.from({ length: 8 }, (_, i) => `nvme${i}`)
