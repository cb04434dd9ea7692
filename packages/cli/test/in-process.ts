import { statSync } from 'node:fs'
import type { Io } from '../src/io.ts'
import { doctorHost } from '../src/node/doctor-host.ts'
import { readSecret } from '../src/node/secret.ts'
import { run } from '../src/program.ts'

export interface Said {
  readonly stdout: string
  readonly stderr: string
  readonly journal: readonly string[]
  readonly exit: number
}

/** Somebody at a terminal who types `answer` (undefined: end of input); `meanwhile` happens before. */
export interface Terminal {
  readonly answer?: string
  readonly meanwhile?: () => void
}

/** Runs a command line in this process; standard output is `screen` if there is one. */
export async function runWith(
  argv: readonly string[],
  terminal: Terminal | 'none' = 'none',
  screen?: ReturnType<Io['terminal']>,
): Promise<Said> {
  const said = { stdout: '', stderr: '', journal: [] as string[] }
  const io: Io = {
    stdout: text => void (said.stdout += text),
    stdoutUntil: async text => void (said.stdout += text),
    stderr: text => void (said.stderr += text),
    readerGone: () => false,
    terminal: () => screen,
    colourfulErrors: () => false,
    now: () => new Date(2026, 10, 22, 9, 30, 5),
    host: doctorHost,
    interactive: async () => terminal !== 'none',
    async ask(question) {
      said.stderr += question
      if (terminal === 'none') return undefined
      terminal.meanwhile?.()
      return terminal.answer
    },
    isDirectory: path => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false,
    readSecret,
    hideArguments: () => {},
    openJournal: () => ({ add: ({ text }) => void said.journal.push(text), close: async () => {} }),
    catchInterrupt: () => ({ interrupted: () => false, stop: () => {} }),
    blockAtOnce: () => {},
    progress: () => ({ stop: () => {} }),
  }
  return { exit: await run(argv, io), ...said }
}
