declare const require: ((name: string) => unknown) | undefined

/** The built file has the one, sources that are run as they are have the other. node:module's takes milliseconds to load. */
const builtin = (name: string): unknown =>
  typeof require === 'function' ? require(name) : process.getBuiltinModule(name)

/** A module of Node's own when it is needed, and not at every start: some take ten milliseconds. */
export const load = {
  childProcess: () => builtin('node:child_process') as typeof import('node:child_process'),
  crypto: () => builtin('node:crypto') as typeof import('node:crypto'),
  net: () => builtin('node:net') as typeof import('node:net'),
  os: () => builtin('node:os') as typeof import('node:os'),
  tty: () => builtin('node:tty') as typeof import('node:tty'),
  vm: () => builtin('node:vm') as typeof import('node:vm'),
  readline: () => builtin('node:readline') as typeof import('node:readline'),
}
