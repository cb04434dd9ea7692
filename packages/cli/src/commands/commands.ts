import type { Command } from 'commander'
import type { Act } from '../program.ts'

/** Adds a command to its parent. `words` is what follows it on the command line, as far as {@link wordsOf} tells. */
type Add = (parent: Command, act: Act, words: readonly string[]) => void

/** Commands in the order of the help. Each is made when it is needed: what is not asked for costs no time. */
export type Commands = Readonly<Record<string, Add>>

/** Adds the one command that the first word names, or all of them if it names none: help, a typing error. */
export function addCommands(
  parent: Command,
  commands: Commands,
  act: Act,
  [name = '', ...words]: readonly string[],
): void {
  const named = Object.hasOwn(commands, name)
  for (const [each, add] of Object.entries(commands)) if (!named || each === name) add(parent, act, words)
}
