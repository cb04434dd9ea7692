import { execFileSync } from 'node:child_process'
import { promises as fs, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errnoOf } from '@nvmf/controllers'
import { expect, onTestFinished, test } from 'vitest'
import { ownThreads } from '../src/index.ts'

function setUp() {
  const dir = mkdtempSync(join(tmpdir(), 'nvmf-threads-'))
  const threads = ownThreads()
  onTestFinished(async () => {
    await threads.end()
    rmSync(dir, { recursive: true })
  })
  return { dir, threads }
}
/** More than a pipe holds: the write blocks until somebody reads. */
const TOO_MUCH = 'x'.repeat(1 << 17)

test('more writes block than libuv has threads, and nothing else waits for them', async () => {
  const { dir, threads } = setUp()
  const pipes = Array.from({ length: 6 }, (_, i) => join(dir, `pipe${i}`))
  execFileSync('mkfifo', pipes)
  const readers = await Promise.all(pipes.map(pipe => fs.open(pipe, 'r+')))
  let blocked = pipes.length
  const writes = pipes.map(async pipe => {
    const file = await threads.openDevice(pipe, 'w')
    await file.write(TOO_MUCH)
    blocked--
    await file.close()
  })
  const path = join(dir, 'file')
  writeFileSync(path, '')
  const file = await threads.openDevice(path, 'w')
  await file.write('1')
  await file.close()
  expect(await fs.readFile(path, 'utf8')).toBe('1')
  expect(blocked).toBe(6)
  const drained = readers.map(async reader => {
    for (let left = TOO_MUCH.length; left > 0; ) left -= (await reader.read(Buffer.alloc(left))).bytesRead
    await reader.close()
  })
  await Promise.all([...writes, ...drained])
})

test('an error has its errno, and the thread is used again', async () => {
  const { dir, threads } = setUp()
  const full = await threads.openDevice('/dev/full', 'w')
  expect(errnoOf(await full.write('1').catch((error: unknown) => error))).toBe('ENOSPC')
  await full.close()
  await full.close()
  const absent = join(dir, 'absent')
  expect(errnoOf(await threads.openDevice(absent, 'w').catch((error: unknown) => error))).toBe('ENOENT')
  const path = join(dir, 'file')
  writeFileSync(path, '')
  const file = await threads.openDevice(path, 'w')
  await file.write('1')
  await file.close()
  expect(readFileSync(path, 'utf8')).toBe('1')
})

test("a virtual host's device is opened as ever", async () => {
  const { dir, threads } = setUp()
  const server = createServer(socket => socket.on('data', () => socket.write('{"errno":"ENODEV"}\n')))
  await new Promise<void>(resolve => server.listen(join(dir, 'device'), resolve))
  onTestFinished(() => void server.close())
  const error = await threads.openDevice(join(dir, 'device'), 'w').catch((thrown: unknown) => thrown)
  expect(errnoOf(error)).toBe('ENODEV')
})
