import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Journal, JournalRecord } from '../src/io.ts'
import { type JournalPlaces, openJournal } from '../src/node/journal.ts'
import { startRelay } from '../src/node/journal-relay.ts'

/** Programs in place of the helper and of logger: scripts that write down what they are given. */
interface Desk {
  path(name: string): `/${string}`
  /** Writes a script; `IN` in it is what `heard(name)` reads, and each start is counted. */
  program(name: 'helper' | 'logger', script: string): void
  /** The device of each record that a program was given, or that is in the kernel's log. */
  heard(name: 'helper' | 'logger' | 'kmsg'): string[]
  starts(name: 'helper' | 'logger'): number
  readonly places: JournalPlaces
  open(root?: string): Journal
}

const TAKES = 'cat >>IN'

function desk(helper: string | undefined, logger: string | undefined = TAKES): Desk {
  const dir = mkdtempSync(join(tmpdir(), 'nvmf-journal-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const path = (name: string) => join(dir, name) as `/${string}`
  const read = (name: string): string => (existsSync(path(name)) ? readFileSync(path(name), 'utf8') : '')
  const places = {
    journald: path('journald'),
    helper: path('helper'),
    logger: path('logger'),
    kernelLog: path('kmsg'),
  }
  const made: Desk = {
    path,
    program: (name, script) => {
      const text = script.replaceAll('IN', path(`${name}.in`))
      writeFileSync(path(name), `#!/bin/sh\nexport PATH=/usr/bin:/bin\necho >>${path(`${name}.starts`)}\n${text}\n`, {
        mode: 0o755,
      })
    },
    heard: name =>
      name === 'kmsg'
        ? [...read('kmsg').matchAll(/^<6>nvmf: kept (.+)$/gm)].map(([, device]) => device as string)
        : [...read(`${name}.in`).matchAll(/^NVMF_DEVICE=(.+)$/gm)].map(([, device]) => device as string),
    starts: name => read(`${name}.starts`).length,
    places,
    open: (root = '/') => openJournal(root, places),
  }
  for (const name of ['journald', 'kmsg']) writeFileSync(path(name), '')
  if (helper !== undefined) made.program('helper', helper)
  if (logger !== undefined) made.program('logger', logger)
  return made
}

const names = (count: number, from = 0): string[] => Array.from({ length: count }, (_, nth) => `nvme${from + nth}`)
const record = (device: string): JournalRecord => ({ text: `kept ${device}`, fields: { NVMF_DEVICE: device } })

async function tell(of: Desk, count: number): Promise<void> {
  const journal = of.open()
  for (const device of names(count)) journal.add(record(device))
  await journal.close()
}

describe('with the helper', () => {
  test('one record is in the journal when it is told, with its fields', async () => {
    const made = desk(TAKES)
    const journal = made.open()
    journal.add(record('nvme0'))
    expect(readFileSync(made.path('helper.in'), 'utf8')).toBe(
      `MESSAGE=kept nvme0\nPRIORITY=6\nSYSLOG_IDENTIFIER=nvmf\nSYSLOG_PID=${process.pid}\nNVMF_DEVICE=nvme0\n\n`,
    )
    await journal.close()
    expect({ starts: made.starts('helper'), logger: made.starts('logger') }).toEqual({ starts: 1, logger: 0 })
  })
  test.each([2, 9, 3000])('%i records take two processes, and keep their order', async count => {
    const made = desk(TAKES)
    await tell(made, count)
    expect(made.heard('helper')).toEqual(names(count))
    expect({ starts: made.starts('helper'), logger: made.starts('logger') }).toEqual({ starts: 2, logger: 0 })
    expect(made.heard('kmsg')).toEqual([])
  })
  test('what was told is told, though this process is killed, in a session that no Ctrl-C reaches', () => {
    const made = desk(undefined)
    const done = made.path('done')
    execFileSync('mkfifo', [done])
    // The second start is the one that stays.
    made.program(
      'helper',
      `cat >>IN; [ $(wc -l <${made.path('helper.starts')}) = 1 ] || cut -d' ' -f1,6 /proc/$$/stat >${done}`,
    )
    const { signal, stderr } = spawnSync(process.execPath, [...MODULE, killedAfter(20, made)], { encoding: 'utf8' })
    expect({ signal, stderr }).toEqual({ signal: 'SIGKILL', stderr: '' })
    const [pid, session] = execFileSync('timeout', ['60', 'cat', done], { encoding: 'utf8' }).trim().split(' ')
    expect(session).toBe(pid)
    expect(made.heard('helper')).toEqual(names(20))
  })
})

const MODULE = ['--conditions=@nvmf/source', '--input-type=module', '-e']

const killedAfter = (count: number, made: Desk): string => `
  import { openJournal } from ${JSON.stringify(join(import.meta.dirname, '../src/node/journal.ts'))}
  const journal = openJournal('/', ${JSON.stringify(made.places)})
  for (const device of ${JSON.stringify(names(count))})
    journal.add({ text: 'kept ' + device, fields: { NVMF_DEVICE: device } })
  process.kill(process.pid, 'SIGKILL')`

describe('without it', () => {
  test.each([
    ['that is not installed', undefined],
    ['that does not know the option', 'cat >/dev/null; exit 2'],
    ['that does not read', 'exit 2'],
    ['that is killed', 'kill -9 $$'],
  ])('a helper %s: a logger for each of a few, and the lines of the others in the kernel’s log', async (_, helper) => {
    const made = desk(helper)
    await tell(made, 30)
    expect(made.heard('logger')).toEqual(names(8))
    expect(made.heard('kmsg')).toEqual(names(22, 8))
    expect(made.starts('helper')).toBe(helper === undefined ? 0 : 1)
  })
  test('nor logger: all lines are in the kernel’s log, and a logger that fails is not tried again', async () => {
    const made = desk(undefined, 'exit 1')
    await tell(made, 30)
    expect(made.heard('kmsg')).toEqual(names(30))
    expect(made.starts('logger')).toBe(1)
  })
  test('of another architecture: as if it was not there', async () => {
    const made = desk(undefined)
    writeFileSync(made.path('helper'), '\u007fELF of a machine that never was', { mode: 0o755 })
    await tell(made, 3)
    expect(made.heard('logger')).toEqual(names(3))
  })
})

describe('a helper that ends badly in the middle of many', () => {
  const SECOND = '[ $(wc -l <STARTS) = 1 ] && exec cat >>IN;'
  test.each([
    ['at once', `${SECOND} exit 1`],
    ['having read some', `${SECOND} head -n 5 >/dev/null; kill -9 $$`],
    ['having read all', `${SECOND} cat >/dev/null; exit 1`],
  ])('%s: nothing that it was given is lost, at the price of telling some twice', async (_, helper) => {
    const made = desk(undefined)
    made.program('helper', helper.replace('STARTS', made.path('helper.starts')))
    await tell(made, 2000)
    expect(made.heard('helper')).toEqual(['nvme0'])
    const others = [...made.heard('logger'), ...made.heard('kmsg')]
    expect(made.heard('logger')).toHaveLength(8)
    expect(others.toSorted()).toEqual(names(1999, 1).toSorted())
  })
})

test('a helper that is not done in time goes on alone with what it got; what it did not get goes another way', async () => {
  const made = desk(undefined)
  const go = made.path('go')
  const done = made.path('done')
  execFileSync('mkfifo', [go, done])
  made.program('helper', `read word <${go}; cat >>IN; echo >${done}`)
  const relay = startRelay(made.path('helper'), 1)
  const all = names(20_000)
  for (const device of all) expect(relay?.add(record(device))).toBe(true)
  const left = (await relay?.close())?.map(({ fields }) => fields['NVMF_DEVICE'])
  expect(left?.length).toBeGreaterThan(0)
  expect(left).toEqual(all.slice(-(left?.length ?? 0)))

  writeFileSync(go, 'go\n')
  execFileSync('timeout', ['60', 'cat', done])
  // Of one record it may have got a part.
  const got = made.heard('helper')
  expect(got).toEqual(all.slice(0, got.length))
  expect(got.length - (all.length - (left?.length ?? 0))).toBeLessThanOrEqual(1)
  expect(got.length).toBeGreaterThanOrEqual(all.length - (left?.length ?? 0))
})

test('without journald, and of another root, no program is started: the lines are in the kernel’s log there', async () => {
  const made = desk(TAKES)
  rmSync(made.path('journald'))
  await tell(made, 9)
  expect(made.heard('kmsg')).toEqual(names(9))

  writeFileSync(made.path('journald'), '')
  const root = mkdtempSync(join(tmpdir(), 'nvmf-journal-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const elsewhere = join(root, made.path('kmsg'))
  mkdirSync(dirname(elsewhere), { recursive: true })
  writeFileSync(elsewhere, '')
  const journal = made.open(root)
  journal.add(record('nvme0'))
  await journal.close()
  expect(readFileSync(elsewhere, 'utf8')).toBe('<6>nvmf: kept nvme0\n')
  expect({ helper: made.starts('helper'), logger: made.starts('logger') }).toEqual({ helper: 0, logger: 0 })
})

test('with no kernel’s log either, nothing is told, nothing is made, and nothing fails', async () => {
  const made = desk(undefined, undefined)
  rmSync(made.path('kmsg'))
  await tell(made, 3)
  expect(existsSync(made.path('kmsg'))).toBe(false)
})
