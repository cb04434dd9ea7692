import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { confineDevices, hostTree, incarnationOf, listControllers, openDevice } from '../src/index.ts'

/** A captured tree with the controller nvme0, and a directory beside it that no link in it may lead to. */
function captured(): { root: string; device: string; outside: string } {
  const dir = mkdtempSync(join(tmpdir(), 'nvmf-controllers-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const [root, outside] = [join(dir, 'root'), join(dir, 'outside')]
  const device = join(root, 'sys/class/nvme/nvme0')
  mkdirSync(device, { recursive: true })
  mkdirSync(outside)
  writeFileSync(join(device, 'transport'), 'tcp\n')
  writeFileSync(join(outside, 'secret'), 'of this host\n')
  return { root, device, outside }
}

const fifo = (path: string): void => void spawnSync('mkfifo', [path])

const failing = (code: string): unknown => expect.objectContaining({ code })

describe.each([
  ['a captured tree', (root: string) => root],
  ['the host itself', () => '/'],
])('a file of %s', (_, rootOf) => {
  test('is read up to its bound', () => {
    const { root, device } = captured()
    const { text, bytes } = hostTree(rootOf(root))
    const path = join(device, 'address')
    writeFileSync(path, 'x'.repeat(20_000))
    expect(text(path, 20_000)).toBe('x'.repeat(20_000))
    expect(() => text(path, 19_999)).toThrow(failing('EFBIG'))
    writeFileSync(path, '')
    expect(text(path, 10)).toBe('')
    writeFileSync(path, Buffer.from([0, 255]))
    const kept = bytes(path, 10)
    text(join(device, 'transport'), 10)
    expect([...kept]).toEqual([0, 255])
  })

  test('of any size is not read beyond its bound', () => {
    const { root, device } = captured()
    const path = join(device, 'address')
    writeFileSync(path, '')
    // Sparse: it takes no room, and would not fit into memory.
    truncateSync(path, 2 ** 40)
    expect(() => hostTree(rootOf(root)).text(path, 4096)).toThrow(failing('EFBIG'))
  })

  test('that is no regular file is not waited for, and is not absent', async () => {
    const { root, device } = captured()
    const { text } = hostTree(rootOf(root))
    fifo(join(device, 'fifo'))
    expect(() => text(join(device, 'fifo'), 10)).toThrow(failing('EINVAL'))
    expect(() => text(device, 10)).toThrow(failing('EINVAL'))
    const server = createServer()
    await new Promise<void>(resolve => server.listen(join(device, 'socket'), resolve))
    onTestFinished(() => void server.close())
    expect(() => text(join(device, 'socket'), 10)).toThrow(failing('EINVAL'))
    expect(() => text(join(device, 'absent'), 10)).toThrow(failing('ENOENT'))
  })
})

test('a device in the place of a file is not read', () => {
  expect(() => hostTree('/').text('/dev/zero', 10)).toThrow(failing('EINVAL'))
  // A root that has devices.
  expect(() => hostTree('/dev').text('/dev/zero', 10)).toThrow(failing('EINVAL'))
})

test('no call follows a link out of the tree', async () => {
  const { root, device, outside } = captured()
  const { text, names, inode } = hostTree(root)
  symlinkSync(join(outside, 'secret'), join(device, 'address'))
  symlinkSync(outside, join(device, 'directory'))
  expect(() => text(join(device, 'address'), 100)).toThrow(failing('EXDEV'))
  expect(() => names(join(device, 'directory'))).toThrow(failing('EXDEV'))
  expect(() => inode(join(device, 'directory/'))).toThrow(failing('EXDEV'))
  const open = confineDevices(root, openDevice)
  await expect(open(join(device, 'address'), 'r')).rejects.toMatchObject({ code: 'EXDEV' })
  const file = await confineDevices('/', openDevice)(join(device, 'address'), 'r')
  expect(await file.read()).toBe('of this host\n')
  await file.close()
})

describe('controllers of a captured tree', () => {
  test('have no attributes that cannot be read', () => {
    const { root, device, outside } = captured()
    symlinkSync(join(outside, 'secret'), join(device, 'address'))
    fifo(join(device, 'state'))
    writeFileSync(join(device, 'subsysnqn'), 'x'.repeat(70_000))
    expect(listControllers({ root })).toMatchObject([
      { name: 'nvme0', transport: 'tcp', address: { text: '' }, state: undefined, nqn: undefined },
    ])
  })

  test('of which one cannot be told whether it is there are no list', () => {
    const { root, outside } = captured()
    symlinkSync(outside, join(root, 'sys/class/nvme/nvme1'))
    const io = expect.objectContaining({ code: 'io', message: expect.stringMatching(/nvme1 is a link that leads out/) })
    expect(() => listControllers({ root })).toThrow(io as Error)
    expect(() => incarnationOf('nvme1', { root })).toThrow(io as Error)
    expect(incarnationOf('nvme0', { root })).toMatch(/^[0-9]+$/)
  })

  test('that are behind a link out of it are not read', () => {
    const { root, outside } = captured()
    mkdirSync(join(outside, 'class/nvme/nvme7'), { recursive: true })
    rmSync(join(root, 'sys'), { recursive: true })
    symlinkSync(outside, join(root, 'sys'))
    expect(() => listControllers({ root })).toThrow(failing('no-sysfs') as Error)
  })
})
