import { execFileSync } from 'node:child_process'
import { promises as fs, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { controllerFiles, hostByHand } from './host-by-hand.ts'
import { ended, start } from './run.ts'

const deletion = (root: string, device: string): string => join(root, `sys/class/nvme/${device}/delete_controller`)

// A pipe that nobody reads blocks whoever opens it, in the kernel and beyond the reach of signals: a dead target does that.
test('eight controllers that take for ever delay none of the others, though Node has four threads', async () => {
  const dead = Array.from({ length: 8 }, (_, i) => `nvme${i}`)
  const healthy = Array.from({ length: 4 }, (_, i) => `nvme${8 + i}`)
  const files = [...dead, ...healthy].map(name =>
    controllerFiles(name, { transport: 'tcp', subsysnqn: 'nqn.x', state: 'live' }),
  )
  const root = hostByHand(
    Object.assign({ 'dev/kmsg': '' }, ...files, ...healthy.map(name => ({ [deletion('', name)]: '' }))),
  )
  execFileSync(
    'mkfifo',
    dead.map(name => deletion(root, name)),
  )

  const child = start(['--root', root, 'disconnect-all'])
  onTestFinished(() => void child.kill('SIGKILL'))
  const done = ended(child)
  while (!healthy.every(name => readFileSync(deletion(root, name), 'utf8') === '1')) await setTimeout(10)
  const readers = await Promise.all(dead.map(name => fs.open(deletion(root, name), 'r+')))

  const { stdout, exit } = await done
  expect(exit).toBe(0)
  for (const name of [...dead, ...healthy])
    expect(stdout).toMatch(new RegExp(`^${name} +disconnected +owned by nobody$`, 'm'))
  const journal = readFileSync(join(root, 'dev/kmsg'), 'utf8').match(/nvme[0-9]+(?= nqn)/g)
  expect(journal?.slice(0, healthy.length).toSorted()).toEqual(healthy.toSorted())
  for (const reader of readers) await reader.close()
})
