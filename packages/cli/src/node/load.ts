import { createRequire } from 'node:module'

const require = createRequire('/')

/** A module of Node's own when it is needed, and not at every start: some take ten milliseconds. */
export const load = {
  childProcess: () => require('node:child_process') as typeof import('node:child_process'),
  tty: () => require('node:tty') as typeof import('node:tty'),
  readline: () => require('node:readline') as typeof import('node:readline'),
}
