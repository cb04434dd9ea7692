import { type Commands, other } from './commands.ts'
import { addList } from './list.ts'
import { addRegistry } from './registry.ts'

/** It speaks of all the others. */
const COMPLETION = 'completion'

/** Every command of `nvmf`. */
export const COMMANDS: Commands = {
  list: () => addList,
  'list-subsys': other('addListSubsys'),
  connect: other('addConnect'),
  disconnect: other('addDisconnect'),
  'disconnect-all': other('addDisconnectAll'),
  registry: () => addRegistry,
  'gen-hostnqn': other('addGenHostnqn'),
  'show-hostnqn': other('addShowHostnqn'),
  doctor: other('addDoctor'),
  [COMPLETION]: other('addCompletion'),
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
