import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Announcements } from '@nvmf/registry-core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { controllerFiles, type Files, hostByHand } from './host-by-hand.ts'
import { runWith } from './in-process.ts'

/** Two controllers of a mounted disk, stas's and nbft's. */
const TWO_PATHS: Files = {
  'dev/kmsg': '',
  'proc/swaps': 'Filename Type\n',
  'proc/self/mountinfo': '22 1 254:1 / / rw - ext4 /dev/vda1 rw\n36 22 259:0 / /srv rw - ext4 /dev/nvme1n1 rw\n',
  'sys/class/block/nvme1n1/dev': '259:0\n',
  ...controllerFiles('nvme1', { transport: 'tcp', state: 'live', subsysnqn: 'nqn.x', delete_controller: '' }),
  ...controllerFiles('nvme2', { transport: 'tcp', state: 'live', subsysnqn: 'nqn.x', delete_controller: '' }),
  'sys/class/nvme/nvme1/nvme1c1n1/ana_state': 'optimized\n',
  'sys/class/nvme/nvme2/nvme1c2n1/ana_state': 'optimized\n',
  'run/nvme/registry/nvme1/owner': 'stas\n',
  'run/nvme/registry/nvme2/owner': 'nbft\n',
}
const deleted = (root: string): string[] =>
  ['nvme1', 'nvme2'].filter(
    device => readFileSync(join(root, `sys/class/nvme/${device}/delete_controller`), 'utf8') === '1',
  )
const disconnectAll = (root: string, ...more: string[]) => runWith(['disconnect-all', '--root', root, ...more])

describe('another process', () => {
  test('that disconnects the other path: this one is kept, and it is said why', async () => {
    const root = hostByHand(TWO_PATHS)
    const other = await new Announcements({ root }).leaving(new Map([['nvme1', '7']]))
    const { stdout, journal } = await disconnectAll(root, '--owner', 'nbft')
    expect(stdout).toContain('nvme2   kept    in use: nvme1n1 is mounted on /srv; another disconnect is taking nvme1\n')
    expect(journal).toContain('kept nvme2 nqn=nqn.x owner=nbft reason=in-use use="nvme1n1 is mounted on /srv"')
    const { controllers } = JSON.parse((await disconnectAll(root, '--owner', 'nbft', '-o', 'json')).stdout)
    expect(controllers[1]).toMatchObject({ reason: 'in-use', pathsLeaving: ['nvme1'], outcome: 'kept' })
    expect(controllers[0]).not.toHaveProperty('pathsLeaving')
    other.withdraw()
    expect((await disconnectAll(root, '--owner', 'nbft')).stdout).toContain('nvme2   disconnected  owned by nbft\n')
    expect(deleted(root)).toEqual(['nvme2'])
  })

  test('that does so while the question is open: the same, and what was declared is taken back', async () => {
    const root = hostByHand(TWO_PATHS)
    const other = await new Announcements({ root }).leaving(new Map([['nvme1', '7']]))
    const place = join(root, 'run/nvme/registry/.announced')
    // Under another name it is none.
    renameSync(join(place, other.name), join(place, 'hidden'))
    const meanwhile = (): void => renameSync(join(place, 'hidden'), join(place, other.name))
    const line = ['disconnect-all', '--root', root, '--owner', 'nbft', '-o', 'json']
    const { stdout } = await runWith(line, { answer: 'yes', meanwhile })
    expect(JSON.parse(stdout).controllers[1]).toMatchObject({
      action: 'disconnect',
      outcome: 'changed',
      now: 'in-use',
      pathsLeavingNow: ['nvme1'],
    })
    expect(deleted(root)).toEqual([])
    expect(readdirSync(place)).toEqual([other.name])
    other.withdraw()
  })

  test('that connects for an owner: what agrees with it is left, until it is withdrawn', async () => {
    const { 'run/nvme/registry/nvme2/owner': _, ...unowned } = TWO_PATHS
    const root = hostByHand(unowned)
    const other = await new Announcements({ root }).connecting({ owner: 'stas', transport: 'tcp', nqn: 'nqn.x' })
    const { stdout, journal } = await disconnectAll(root)
    expect(stdout).toContain('nvme2   kept    being connected for stas\n')
    expect(journal).toContain('kept nvme2 nqn=nqn.x for=stas reason=being-connected')
    other.withdraw()
    expect((await disconnectAll(root)).stdout).toContain('nvme2   disconnected  owned by nobody\n')
  })
})

describe('a registry in which nothing can be announced', () => {
  const UNREADABLE: Files = { ...TWO_PATHS, 'run/nvme/registry/.announced': 'a file\n' }

  test('disconnect-all leaves everything', async () => {
    const root = hostByHand(UNREADABLE)
    const { stdout, exit } = await disconnectAll(root, '--owner', 'nbft')
    expect(stdout).toContain('nvme2   kept    in use: nvme1n1 is mounted on /srv')
    expect(exit).toBe(0)
    expect(deleted(root)).toEqual([])
  })

  test('and what is unowned, as it may be being connected', async () => {
    const { 'run/nvme/registry/nvme2/owner': _, ...unowned } = UNREADABLE
    const { stdout } = await disconnectAll(hostByHand(unowned))
    expect(stdout).toContain('nvme2   kept    perhaps being connected: an announcement cannot be read\n')
  })

  test('disconnect-all fails before it touches anything if that is found out later', async () => {
    const { 'proc/self/mountinfo': _, ...free } = UNREADABLE
    const root = hostByHand({
      ...free,
      'proc/self/mountinfo': '22 1 254:1 / / rw - ext4 /dev/vda1 rw\n',
    })
    const { stderr, exit } = await disconnectAll(root, '--owner', 'nbft')
    expect(stderr).toBe(
      `nvmf: disconnect-all: ${root}/run/nvme/registry/.announced is not a directory\nhint: nvmf doctor says what to do\n`,
    )
    expect(exit).toBe(1)
    expect(deleted(root)).toEqual([])
  })

  test('a person who names a controller is told, and gets what was asked for', async () => {
    const root = hostByHand(UNREADABLE)
    const { stdout, stderr, exit } = await runWith(['disconnect', 'nvme2', '--root', root, '--yes'])
    expect(stdout).toBe('disconnected nvme2\n')
    expect(stderr).toBe(
      'nvmf: disconnect: warning: another disconnect does not see this one, and may take the other paths: ' +
        `${root}/run/nvme/registry/.announced is not a directory\n`,
    )
    expect(exit).toBe(0)
    expect(deleted(root)).toEqual(['nvme2'])
  })

  test('doctor says what to do', async () => {
    const root = hostByHand(UNREADABLE)
    const { stdout } = await runWith(['doctor', '--root', root])
    expect(stdout).toContain(`problem  announcements  ${root}/run/nvme/registry/.announced is not a directory`)
  })
})

test('doctor names what was left, and what cannot be read of a process that lives', async () => {
  const root = hostByHand({ ...TWO_PATHS, 'run/nvme/registry/.announced/connecting.1-2-3-a/what': 'owner=stas\n' })
  const said = async (): Promise<string> => (await runWith(['doctor', '--root', root])).stdout
  expect(await said()).toContain('left over from processes that have ended: connecting.1-2-3-a -> nvmf registry gc')
  const gone = await runWith(['registry', 'gc', '--root', root])
  expect(gone.stdout).toContain('removed .announced/connecting.1-2-3-a: left over, and no process goes on with it\n')
  expect(await said()).toContain('ok       announcements  no announcement is left over')

  const own = await new Announcements({ root }).connecting({ owner: 'stas' })
  onTestFinished(() => own.withdraw())
  writeFileSync(join(root, 'run/nvme/registry/.announced', own.name, 'what'), '')
  expect(await said()).toContain(
    'a process has announced what cannot be read, so disconnect-all leaves every controller',
  )
})
