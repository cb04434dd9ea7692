import { resolve } from 'node:path'
import type { Guest } from '@nvmf/e2e'

const CAPTURE = resolve(import.meta.dirname, '../../controllers/test/capture.mjs')
const PROGRAMS = resolve(import.meta.dirname, 'guest-programs')

/** Where the captured trees are that the tests of the inventory read. */
export const FIXTURES = resolve(import.meta.dirname, '../../controllers/test/fixtures')

/** What sysfs can show of NVMe-oF on a real kernel; guest-programs/scenes.sh has how each comes about. */
export const SCENES: Readonly<Record<string, string>> = {
  tcp: 'an I/O and a discovery controller over tcp',
  loop: 'two subsystems over loop, the second without a namespace',
  multipath: 'one subsystem, two namespaces, three controllers; ANA sees each path differently',
  inaccessible: 'a path that ANA has never let anybody use, so there is no disk',
  'half-connected': 'a first connect under way (nvme1) beside a controller that is up',
  deleting: 'one controller is deleting, one is deleting (no IO), one is up',
  lost: 'the target is gone and the controller tries again',
  held: 'the controller is gone, and somebody has its node open: its subsystem stays',
}

/** Puts into a guest what scenes need. */
export async function prepareScenes(guest: Guest): Promise<void> {
  await guest.put(CAPTURE, '/root/capture.mjs')
  for (const name of ['scenes.sh', 'gate.mjs']) await guest.put(`${PROGRAMS}/${name}`, `/root/${name}`)
}

/** Plays a scene; returns the captured tree, and what a command line said in it. All is as before then. */
export async function play(guest: Guest, scene: string, command = ':'): Promise<{ tree: string; said: string }> {
  const script = `. /root/scenes.sh
    scene_${scene.replaceAll('-', '_')} || exit 3
    node /root/capture.mjs >/root/tree || exit 4
    { ${command}; } >/root/said || exit 5
    exec 9<&-
    scene_end >&2 || exit 6
    wc -c </root/tree; cat /root/tree /root/said`
  const out = await guest.sh(script, { timeoutMs: 180_000 })
  const end = out.indexOf('\n')
  const bytes = Number(out.slice(0, end))
  return { tree: out.slice(end + 1, end + 1 + bytes), said: out.slice(end + 1 + bytes) }
}
