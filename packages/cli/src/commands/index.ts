import type { Commands } from './commands.ts'
import { addCompletion } from './completion.ts'
import { addConnect } from './connect.ts'
import { addDisconnect } from './disconnect.ts'
import { addDisconnectAll } from './disconnect-all.ts'
import { addDoctor } from './doctor.ts'
import { addGenHostnqn } from './gen-hostnqn.ts'
import { addList } from './list.ts'
import { addListSubsys } from './list-subsys.ts'
import { addRegistry } from './registry.ts'
import { addShowHostnqn } from './show-hostnqn.ts'

/** It speaks of all the others. */
const COMPLETION = 'completion'

/** Every command of `nvmf`. */
export const COMMANDS: Commands = {
  list: addList,
  'list-subsys': addListSubsys,
  connect: addConnect,
  disconnect: addDisconnect,
  'disconnect-all': addDisconnectAll,
  registry: addRegistry,
  'gen-hostnqn': addGenHostnqn,
  'show-hostnqn': addShowHostnqn,
  doctor: addDoctor,
  [COMPLETION]: addCompletion,
}

const WITH_VALUE = ['--root', '-o', '--output-format']

/** The command that a command line names, and its subcommand or first argument; nothing if it needs all of them. */
export function wordsOf(argv: readonly string[]): readonly string[] {
  const words: string[] = []
  for (let i = 0; i < argv.length && words.length < 2; i++) {
    const word = argv[i] as string
    if (!word.startsWith('-')) words.push(word)
    else if (WITH_VALUE.includes(word)) i++
  }
  return words[0] === COMPLETION ? [] : words
}
