import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { cleanupHost } from './host.ts'

/** The package as it is published, in a plain Node: needs `npm run build`. */
const PACKAGE = resolve(import.meta.dirname, '..')
const { bin } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { bin: Record<string, string> }
const BIN = join(PACKAGE, bin['nvmf-registry-cleanup'] as string)
const PLAIN = { PATH: process.env['PATH'] ?? '' }

test('the bin removes a dead entry, says so in the kernel log and on stderr, and sweeps', () => {
  const host = cleanupHost()
  const kmsg = join(host.root, 'dev/kmsg')
  writeFileSync(kmsg, '')
  for (const device of ['nvme3', 'nvme4']) host.put(device, { owner: 'stas\n', incarnation: '7\n', seqnum: '101\n' })
  host.put('nvme5', { owner: 'stays\n', incarnation: `${host.connect('nvme5')}\n` })
  const run = (args: string[], seqnum?: string) =>
    spawnSync(process.execPath, [BIN, '--root', host.root, ...args], {
      env: { ...PLAIN, ...(seqnum === undefined ? {} : { SEQNUM: seqnum }) },
      encoding: 'utf8',
    })

  expect(run(['nvme5'], '102')).toMatchObject({ status: 0, stderr: expect.stringContaining('its controller is live') })
  appendFileSync(kmsg, '--\n')
  expect(run(['nvme3'], '102')).toMatchObject({ status: 0, stdout: '' })
  const [, line] = readFileSync(kmsg, 'utf8').split('--\n')
  expect(line).toMatch(
    /^<6>nvmf: nvme3: ownership entry removed: the controller is gone \(owner="stas" event=102 stamp=101\)\n/,
  )
  expect(run(['--sweep'])).toMatchObject({ status: 0 })
  expect([3, 4, 5].filter(n => existsSync(host.path(`nvme${n}`)))).toEqual([5])
  expect(run(['nvme5'])).toMatchObject({ status: 2, stderr: expect.stringContaining('no SEQNUM') })
})

test('the function does the same for a program', () => {
  const host = cleanupHost()
  host.put('nvme3', { owner: 'stas\n', incarnation: '7\n', seqnum: '101\n' })
  const program = `
    import { cleanup } from '@nvmf/udev-cleanup'
    import { nodeSys } from '@nvmf/registry-core/node'
    const lines = []
    const args = ['--root', ${JSON.stringify(host.root)}, 'nvme3']
    const exit = cleanup({ sys: nodeSys(), args, seqnum: '102', log: (root, line) => lines.push(line) })
    console.log(JSON.stringify({ exit, lines }))`
  const told = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: PACKAGE,
    env: PLAIN,
    encoding: 'utf8',
  })
  expect(JSON.parse(told)).toMatchObject({ exit: 0, lines: [{ priority: 6, fields: { NVMF_OWNER: 'stas' } }] })
  expect(existsSync(host.path('nvme3'))).toBe(false)
})
