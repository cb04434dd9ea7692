import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { startVirtualHost } from '../src/index.ts'
import { connect, disconnect, LOOP, lab, NQN, rulesFile, scratch } from './lab.ts'

// Nothing here waits for time to pass; a busy machine may.
vi.setConfig({ testTimeout: 30_000 })

const HELPER = '/usr/lib/udev/helper'
const RULE = `ACTION=="remove", SUBSYSTEM=="nvme", KERNEL=="nvme[0-9]*", TEST=="/run/nvme/registry/%k", \\
  RUN+="${HELPER} %k"
`

function script(text: string, name = 'helper'): string {
  const path = join(scratch(), name)
  writeFileSync(path, text)
  chmodSync(path, 0o755)
  return path
}

/** Writes its arguments and its whole environment where udevd collects them. */
const TALKER = '#!/bin/sh\necho "$@"\nexec /usr/bin/env -u PWD -u SHLVL -u _\n'

test('a program gets the root, its arguments and the properties of the event, and nothing else', async () => {
  const host = await lab({ rules: rulesFile(RULE), programs: { [HELPER]: script(TALKER) } })
  mkdirSync(join(host.root, 'run/nvme/registry/nvme0'), { recursive: true })
  await disconnect(host, await connect(host, LOOP))
  await host.udev.settle()
  const [result] = host.udev.results
  expect(result).toMatchObject({ device: 'nvme0', action: 'remove', program: HELPER, status: 0 })
  const [args, ...environment] = result?.output.trimEnd().split('\n') ?? []
  expect(args).toBe(`--root ${host.root} nvme0`)
  const removal = host.events().find(each => each.action === 'remove' && each.kernel === 'nvme0')
  expect(environment.toSorted()).toEqual(
    Object.entries(removal?.properties ?? {})
      .map(pair => pair.join('='))
      .toSorted(),
  )
  expect(readFileSync(join(host.root, 'run/udevd.log'), 'utf8')).toContain(`remove nvme0: ${HELPER}: exit 0`)
})

test('no program is started for a controller without an entry', async () => {
  const host = await lab({ rules: rulesFile(RULE), programs: { [HELPER]: script(TALKER) } })
  await disconnect(host, await connect(host, LOOP))
  await host.udev.settle()
  expect(host.udev.started).toBe(0)
})

test('a stopped queue keeps the events; TEST is asked when their turn comes', async () => {
  const host = await lab({ rules: rulesFile(RULE), programs: { [HELPER]: script(TALKER) } })
  host.udev.stopQueue()
  await disconnect(host, await connect(host, LOOP))
  expect(host.udev.status()).toMatchObject({ stopped: true, queued: 9, running: 0 })
  mkdirSync(join(host.root, 'run/nvme/registry/nvme0'), { recursive: true })
  const settled = host.udev.settle()
  host.udev.startQueue()
  await settled
  expect(host.udev.started).toBe(1)
})

const EACH = `SUBSYSTEM=="nvme", RUN+="${HELPER} %k"\n`

test('events of one device run in order, those of different devices can be turned round', async () => {
  const host = await lab({ rules: rulesFile(EACH), programs: { [HELPER]: script('#!/bin/sh\n') }, udevChildren: 1 })
  host.udev.stopQueue()
  await connect(host, LOOP)
  await connect(host, LOOP)
  await disconnect(host, 0)
  host.udev.reverse()
  host.udev.startQueue()
  await host.udev.settle()
  expect(host.udev.results.map(({ device, action }) => `${device} ${action}`)).toEqual([
    'nvme1 add',
    'nvme1 change',
    'nvme0 add',
    'nvme0 change',
    'nvme0 remove',
  ])
})

test('different devices are worked on in parallel', async () => {
  // Each waits for the other: one after the other they would never end.
  const meet = '#!/bin/sh\n: > $2/run/$3\nwhile [ ! -e $2/run/nvme0 ] || [ ! -e $2/run/nvme1 ]; do :; done\n'
  const rule = `ACTION=="add", ${EACH}`
  const host = await lab({ rules: rulesFile(rule), programs: { [HELPER]: script(meet) } })
  await connect(host, LOOP)
  await connect(host, LOOP)
  await host.udev.settle()
  expect(host.udev.results.map(({ status }) => status)).toEqual([0, 0])
})

test('a program that fails, dies or is missing is recorded', async () => {
  const rules = rulesFile(`ACTION=="add", SUBSYSTEM=="nvme", RUN+="three", RUN+="/dies", RUN+="/missing"\n`)
  const programs = {
    '/usr/lib/udev/three': script('#!/bin/sh\nexit 3\n'),
    '/dies': script('#!/bin/sh\nkill -9 $$\n'),
  }
  const host = await lab({ rules, programs })
  await connect(host, LOOP)
  await host.udev.settle()
  expect(host.udev.results.map(({ status, failure }) => status ?? failure)).toEqual([3, 'SIGKILL', 'ENOENT'])
})

test('a script runs with this node and its line on /dev/kmsg is in the journal', async () => {
  const twin = script(
    `import { appendFileSync } from 'node:fs'
     const text: string = process.argv.slice(4).join(' ')
     appendFileSync(process.argv[3] + '/dev/kmsg', '<30>nvmf: cleaned ' + text + '\\n')`,
    'helper.mts',
  )
  const host = await lab({ rules: rulesFile(`ACTION=="add", ${EACH}`), programs: { [HELPER]: twin } })
  await connect(host, LOOP)
  await host.udev.settle()
  expect(host.journal()).toEqual([{ priority: 30, tag: 'nvmf', text: 'cleaned nvme0' }])
  expect(host.status().programs).toEqual([{ guest: HELPER, host: twin, kind: 'node twin' }])
})

test('bad rules and bad programs stop the start before anything is made', async () => {
  const dir = join(scratch(), 'host')
  const rules = rulesFile('ATTR{x}=="y", RUN+="z"\n')
  await expect(startVirtualHost({ dir, rules })).rejects.toMatchObject({ code: 'bad-rules' })
  const programs = { [HELPER]: join(dir, 'nothing') }
  await expect(startVirtualHost({ dir, programs })).rejects.toMatchObject({ code: 'bad-program' })
  expect(existsSync(dir)).toBe(false)
})

test('stop kills the programs that run', async () => {
  const endless = script('#!/bin/sh\n: > $2/run/started\nwhile :; do :; done\n')
  const host = await lab({ rules: rulesFile(`ACTION=="add", ${EACH}`), programs: { [HELPER]: endless } })
  await connect(host, `nqn=${NQN},transport=loop`)
  await expect.poll(() => existsSync(join(host.root, 'run/started'))).toBe(true)
  await host.stop()
  expect(host.udev.results.map(({ failure }) => failure)).toEqual(['SIGKILL'])
})
