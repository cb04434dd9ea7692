import { spawnSync } from 'node:child_process'
import { statSync, symlinkSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { MemoryFs } from '../proof/memory-fs.ts'
import { nodeSys } from '../src/node/sys.ts'
import { fifo, inode, isTmpfs, SCRATCH, scratch, withUmask } from './host.ts'
import type { ContractHelpers } from './sys-contract/case.ts'
import { sysContract } from './sys-contract/index.ts'

if (!isTmpfs(SCRATCH)) process.stderr.write(`note: /dev/shm is no tmpfs here, so the contract is held in ${SCRATCH}\n`)

describe(`the port's contract, in ${isTmpfs(SCRATCH) ? 'a real tmpfs' : 'a real file system'} through Node`, () => {
  const helpers: ContractHelpers = {
    makeFifo: fifo,
    makeSymlink: symlinkSync,
    modeOf: path => statSync(path).mode & 0o7777,
    withUmask,
  }
  test.each(sysContract)('$name', ({ run }) => {
    expect.hasAssertions()
    run(nodeSys(), scratch(), helpers)
  })
})

describe("the port's contract, in the explorer's memory", () => {
  test.each(sysContract)('$name', ({ run }) => {
    expect.hasAssertions()
    const fs = new MemoryFs()
    let tokens = 0
    const sys = fs.sysFor('tester', () => `1-1-t${++tokens}`)
    sys.mkdir('/dir', 0o755)
    run(sys, '/dir', {
      makeFifo: path => fs.makeSpecial(path, 'other'),
      makeSymlink: (_target, path) => fs.makeSpecial(path, 'link'),
      modeOf: () => undefined,
      withUmask: (_mask, use) => use(),
    })
  })
})

/** A token of a thread that has loaded the port for itself, as each one does. */
async function tokenOf(thread: string): Promise<string> {
  const port: { nodeSys: typeof nodeSys } = await import(/* @vite-ignore */ `${PORT}?thread=${thread}`)
  return port.nodeSys().token()
}
const PORT = new URL('../src/node/sys.ts', import.meta.url).pathname

describe('a token through Node', () => {
  test('names this process: its pid namespace and its pid', () => {
    const writer = `${inode('/proc/self/ns/pid')}-${process.pid}-`
    expect(nodeSys().token().slice(0, writer.length)).toBe(writer)
  })
  test('is no other thread’s of the process', async () => {
    const tokens = [await tokenOf('1'), await tokenOf('2')]
    expect(new Set(tokens).size).toBe(2)
    for (const each of tokens) expect(each).toMatch(/^[0-9]+-[0-9]+-[A-Za-z0-9]+$/)
  })
})

test('a process is gone when the kernel says so, through Node', () => {
  const { isGone } = nodeSys()
  expect([process.pid, 1, spawnSync('true').pid].map(isGone)).toEqual([false, false, true])
})

test('no call of the port leaves a descriptor open, also when it fails', () => {
  const sys = nodeSys()
  const dir = scratch()
  const open = (): number => sys.readdir('/proc/self/fd').length
  fifo(`${dir}/fifo`)
  symlinkSync('fifo', `${dir}/link`)
  sys.token()
  const before = open()
  for (const path of ['fifo', 'link', 'missing'])
    for (const call of [
      () => sys.readFile(`${dir}/${path}`, 10),
      () => sys.openDir(`${dir}/${path}`),
      () => sys.readdir(`${dir}/${path}`),
      () => sys.writeFile(`${dir}/${path}/f`, new Uint8Array(1), 0o644),
      () => sys.mkdir(`${dir}/${path}/d`, 0o755),
    ]) {
      try {
        call()
      } catch {
        // Which error it is, the contract says.
      }
    }
  expect(open()).toBe(before)
})
