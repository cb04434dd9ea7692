import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Guest, prepareImage, startGuest } from '@nvmf/e2e'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { runWith } from '../../cli/test/in-process.ts'
import { parseCaptured, plantCaptured } from '../../controllers/test/captured.ts'
import { FIXTURES, play, prepareScenes, SCENES } from './scenes.ts'

const BUILT = resolve(import.meta.dirname, '../../cli/dist/nvmf.cjs')

/** The built command on a real kernel, in every condition that sysfs can show of NVMe-oF. */
let guest: Guest

beforeAll(async () => {
  guest = await startGuest(await prepareImage({ log: line => process.stderr.write(`${line}\n`) }))
  await guest.put(BUILT, '/root/nvmf.cjs')
  await prepareScenes(guest)
})
afterAll(() => guest?.stop())

/** What `nvmf list-subsys` says of a captured tree. */
async function listed(tree: string, ...options: string[]): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'nvmf-scene-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  plantCaptured(parseCaptured(tree), root)
  return (await runWith(['list-subsys', ...options, '--root', root])).stdout
}

/** Without what no two moments have in common: inode and block device numbers, and what the discovery target makes up. */
const comparable = (json: string): unknown =>
  JSON.parse(json, function (key, value) {
    if (key === 'incarnation' || key === 'dev') return value === null ? null : 'a number'
    const { type } = this as { type?: string }
    return type === 'discovery' && (key === 'serial' || key === 'firmware') ? 'its own' : value
  })

/** nvme-cli has two blanks where an address is empty. */
const branches = (text: string): string[] =>
  text
    .split('\n')
    .filter(line => line.startsWith(' +- '))
    .map(line => line.replace('  ', ' '))

/** What is asked in a scene, each answer after the other: of ours, of nvme-cli, and of sysfs itself. */
const ASKED = `
  node /root/nvmf.cjs list-subsys -o json
  nvme list-subsys | grep '^ +- ' || true
  for each in /sys/class/nvme/nvme*; do if [ -e $each ]; then stat -Lc '%i' $each; fi; done`

/** All but `deleting`: it hangs when the kernel deletes faster than it scans, so it is played for captures only. */
const PLAYED = Object.keys(SCENES).filter(scene => scene !== 'deleting')

test.each(PLAYED)('%s: as in the captured tree, as sysfs says, and as nvme-cli says', async scene => {
  const { tree, said } = await play(guest, scene, ASKED)
  const json = said.slice(0, said.indexOf('\n'))
  expect(comparable(json)).toEqual(comparable(await listed(tree, '-o', 'json')))
  const captured = readFileSync(join(FIXTURES, `${scene}.txt`), 'utf8')
  expect(comparable(json)).toEqual(comparable(await listed(captured, '-o', 'json')))
  const incarnations = [...json.matchAll(/"incarnation":"([0-9]+)"/g)].map(match => match[1])
  expect(incarnations).toEqual(said.match(/^[0-9]+$/gm) ?? [])

  // nvme-cli 2.13 has the same lines but for the owner, and none for a controller without a subsystem.
  const ours = branches(await listed(tree)).map(line => line.replace(/ owner=-$/, ''))
  expect(branches(said)).toEqual(scene === 'half-connected' ? ours.slice(0, -1) : ours)
})
