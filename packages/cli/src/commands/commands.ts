import type { Command } from 'commander'
import type { Act } from '../program.ts'
import { loadOthers } from './load-others.ts'

/** Adds a command to its parent. `words` is what follows it on the command line, as far as {@link wordsOf} tells. */
type Add = (parent: Command, act: Act, words: readonly string[]) => void | Promise<void>

/** Commands in the order of the help. Each is made when it is needed: what is not asked for costs no time. */
export type Commands = Readonly<Record<string, () => Add | Promise<Add>>>

/**
 * A command that is read when it is named. Those that scripts call all the time are at hand; with the others it takes as
 * long to read them as to do everything else (docs/benchmarks.md).
 */
export const other = (add: keyof Awaited<ReturnType<typeof loadOthers>>) => async (): Promise<Add> =>
  (await loadOthers())[add]

/** Adds the one command that the first word names, or all of them if it names none: help, a typing error. */
export async function addCommands(
  parent: Command,
  commands: Commands,
  act: Act,
  [name = '', ...words]: readonly string[],
): Promise<void> {
  const named = Object.hasOwn(commands, name)
  for (const [each, add] of Object.entries(commands)) {
    if (!named || each === name) await (await add())(parent, act, words)
  }
}
