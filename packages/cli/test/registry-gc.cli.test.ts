import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { controllerFiles, FIVE, hostByHand } from './host-by-hand.ts'
import { transcript } from './run.ts'

const golden = (name: string): string => `./golden/${name}.txt`
const gc = (...options: string[]): string[] => ['registry', 'gc', ...options]
const DRY = [gc('--dry-run'), gc('--dry-run', '-v'), gc('--dry-run', '-o', 'json'), gc('--dry-run', '--quiet')]
const REALLY = [gc('-v'), gc(), gc('-o', 'json'), gc('--dry-run')]

const NAMESPACE = statSync('/proc/self/ns/pid', { bigint: true }).ino.toString()
/** Of a writer that has certainly ended: no process gets this id (PID_MAX_LIMIT, include/linux/threads.h). */
const DEAD = `${NAMESPACE}-4194305-aa`

/** Inode, mode, size and the time of the last change of all that is below a directory. */
const traces = (root: string): string =>
  execFileSync('find', [root, '-printf', '%i %m %s %C@ %p\n'], { encoding: 'utf8' })

/** A dry run in all formats, which leaves no trace, and then the real one. */
async function both(root: string): Promise<string> {
  const before = traces(root)
  const dry = await transcript(root, DRY)
  expect(traces(root)).toBe(before)
  return (dry + (await transcript(root, REALLY))).replaceAll(DEAD, 'TOKEN')
}

test('what gc would remove, and what it removes', async () => {
  const root = hostByHand({
    ...FIVE,
    ...controllerFiles('nvme4', { transport: 'tcp' }),
    'run/nvme/registry/nvme2/owner': 'stas\n',
    [`run/nvme/registry/nvme2/note.tmp.${DEAD}`]: 'half',
    'run/nvme/registry/nvme7/owner': 'boot loader\n',
    'run/nvme/registry/nvme8/': '',
    'run/nvme/registry/nvme9/owner': 'stas\n',
    'run/nvme/registry/nvme9/directory/': '',
    'run/nvme/registry/nvme10/incarnation': '1\n',
    'run/nvme/registry/nvme10/owner': 'nbft\n',
    'run/nvme/registry/nvme11': 'a file\n',
    'run/nvme/registry/nvme12/incarnation': 'a\nb\n',
    'run/nvme/registry/.nvme3.tmp.a1B2c3/owner': 'libnvme\n',
    [`run/nvme/registry/.nvme3.new.1.${DEAD}/owner`]: 'stas\n',
  })
  const claimed = await transcript(root, [['registry', 'claim', 'nvme4', '--owner', 'me']])
  await expect(claimed + (await both(root))).toMatchFileSnapshot(golden('gc'))
})

test('where there is little to judge: no registry, an empty one, no sysfs, a file in its place', async () => {
  const hosts = {
    'no registry': hostByHand(FIVE),
    'an empty registry': hostByHand({ ...FIVE, 'run/nvme/registry/': '' }),
    'no sysfs': hostByHand({ 'run/nvme/registry/nvme2/owner': 'stas\n' }),
    'a file': hostByHand({ ...FIVE, 'run/nvme/registry': 'a file\n' }),
  }
  let text = ''
  for (const [name, root] of Object.entries(hosts)) text += `# ${name}\n\n${await both(root)}`
  await expect(text).toMatchFileSnapshot(golden('gc-little'))
})
