import type { Command } from 'commander'
import type { Act } from '../program.ts'

/** Adds a command to `nvmf`. */
type Add = (parent: Command, act: Act) => void

/** It speaks of all the others. */
const COMPLETION = 'completion'

/** Every command, in the order of the help. Each is loaded when it is needed: what is not asked for costs no time. */
export const COMMANDS: Readonly<Record<string, () => Promise<Add>>> = {
  list: async () => (await import('./list.ts')).addList,
  'list-subsys': async () => (await import('./list-subsys.ts')).addListSubsys,
  connect: async () => (await import('./connect.ts')).addConnect,
  disconnect: async () => (await import('./disconnect.ts')).addDisconnect,
  'disconnect-all': async () => (await import('./disconnect-all.ts')).addDisconnectAll,
  registry: async () => (await import('./registry.ts')).addRegistry,
  'gen-hostnqn': async () => (await import('./gen-hostnqn.ts')).addGenHostnqn,
  'show-hostnqn': async () => (await import('./show-hostnqn.ts')).addShowHostnqn,
  doctor: async () => (await import('./doctor.ts')).addDoctor,
  [COMPLETION]: async () => (await import('./completion.ts')).addCompletion,
}

/** The one command that a command line names, or undefined if it needs all of them (help, a typing error). */
export function namedIn(argv: readonly string[]): string | undefined {
  let i = 0
  while (argv[i]?.startsWith('-')) i += ['--root', '-o', '--output-format'].includes(argv[i] as string) ? 2 : 1
  const word = argv[i]
  return word !== undefined && word !== COMPLETION && Object.hasOwn(COMMANDS, word) ? word : undefined
}
