/**
 * What a run ends with. API: scripts rely on it; codes are added, never changed or used again for something else.
 * Help, man page and completions are made from this table.
 */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  partial: 3,
  declined: 4,
  notFound: 5,
  alreadyConnected: 6,
  owned: 7,
  permission: 8,
  notRecorded: 9,
  unhealthy: 10,
  noProc: 11,
  hungUp: 129,
  interrupted: 130,
  quit: 131,
  brokenPipe: 141,
  terminated: 143,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export const EXIT_MEANING: Readonly<Record<ExitCode, string>> = {
  [EXIT.ok]: 'done, or nothing to do',
  [EXIT.failure]: 'it failed',
  [EXIT.usage]: 'the command line is wrong; nothing was touched',
  [EXIT.partial]: 'some of several failed',
  [EXIT.declined]: 'not confirmed',
  [EXIT.notFound]: 'no such controller, entry or attribute',
  [EXIT.alreadyConnected]: 'already connected; the message names the controller and its owner',
  [EXIT.owned]: 'owned by somebody else',
  [EXIT.permission]: 'no permission',
  [EXIT.notRecorded]: 'connected, but the ownership is not recorded',
  [EXIT.unhealthy]: 'doctor found a problem',
  [EXIT.noProc]: "/proc is not this process's own, so the registry cannot be read",
  [EXIT.hungUp]: 'the terminal hung up (SIGHUP)',
  [EXIT.interrupted]: 'interrupted (SIGINT)',
  [EXIT.quit]: 'quit (SIGQUIT)',
  [EXIT.brokenPipe]: 'whoever read the output went away',
  [EXIT.terminated]: 'terminated (SIGTERM)',
}
