import { createRequire } from 'node:module'

/** Made when it is used: that takes milliseconds, which most commands can do without. */
const builtin = (name: string): unknown => createRequire('/')(name)

/** A module of Node's own when it is needed, and not at every start: some take ten milliseconds. */
export const load = {
  childProcess: () => builtin('node:child_process') as typeof import('node:child_process'),
  tty: () => builtin('node:tty') as typeof import('node:tty'),
  readline: () => builtin('node:readline') as typeof import('node:readline'),
}
