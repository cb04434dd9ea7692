import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll } from 'vitest'

/** Built by `node packages/udev-cleanup/build/native.ts`. */
export const HELPER = resolve(import.meta.dirname, '../dist/nvmf-registry-cleanup')
const SOURCES = join(import.meta.dirname, 'sandbox')
const JOURNALD = '/run/systemd/journal/socket'

/** `full`: there all along, without room for a record; `slow`: with room for one whenever somebody is waiting for it. */
export type Journald = 'takes' | 'full' | 'slow' | 'none'

export interface Machine {
  /** A program of test/sandbox, built by {@link build}, or a file beside. */
  file(name: string): string
  build(...names: readonly string[]): void
  /** Runs a command line in a /run of its own, beside such a journald. */
  run(command: string, journald: Journald, around?: { before?: string; after?: string; input?: string }): Ran
}

export interface Ran {
  readonly exit: number
  /** What journald got, a field each. */
  readonly records: Record<string, string>[]
  readonly kmsg: string
  readonly stderr: string
  /** What `after` printed. */
  readonly after: string[]
}

/** Programs that are as on a host, journald's socket and the kernel's log too, but of a test's own. Needs root and gcc. */
export function machine(): Machine {
  const work = mkdtempSync(join(tmpdir(), 'cleanup-machine-'))
  afterAll(() => rmSync(work, { recursive: true }))
  const file = (name: string): string => join(work, name)
  return {
    file,
    build: (...names) => {
      for (const name of names)
        execFileSync('gcc', ['-Wall', '-Werror', '-O1', `-I${work}`, '-o', file(name), join(SOURCES, `${name}.c`)])
    },
    run: (command, journald, { before = '', after = '', input = '' } = {}) => {
      const kmsg = file('kmsg')
      writeFileSync(kmsg, '')
      const script = `set -e
        mount -t tmpfs none /run
        mount --bind ${kmsg} /dev/kmsg
        mkdir -p /run/systemd/journal
        ${before}
        code=0
        ${journald === 'none' ? '' : `${file('journald')} ${JOURNALD} ${journald}`} ${command} || code=$?
        echo "== $code"
        ${after}`
      const { stdout, stderr } = spawnSync('unshare', ['--mount', '/bin/sh', '-c', script], {
        env: { SEQNUM: '9999', PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
        input,
        encoding: 'utf8',
        timeout: 60_000,
      })
      const [said = '', end = ''] = stdout.split('== ')
      const [exit, ...rest] = end.trim().split('\n')
      const records = said.split('--\n').slice(1).map(fieldsOf)
      return { exit: Number(exit), records, kmsg: readFileSync(kmsg, 'utf8'), stderr, after: rest }
    },
  }
}

const fieldsOf = (record: string): Record<string, string> =>
  Object.fromEntries(
    record
      .trimEnd()
      .split('\n')
      .map(line => /^([^=]+)=(.*)$/.exec(line)?.slice(1) as [string, string]),
  )
