import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodeFiles, randomUuid } from '../src/index.ts'
import { interfaceOf } from '../src/node/interfaces.ts'
import { openKernelLog } from '../src/node/kernel-log.ts'
import { resolveHost } from '../src/node/resolve.ts'

let dir: string
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), 'nvmf-fabrics-'))))
afterAll(() => rmSync(dir, { recursive: true }))

describe('on Node', () => {
  test('a file is read as bytes, up to 4096 of them', () => {
    const files = nodeFiles('/')
    writeFileSync(join(dir, 'raw'), Buffer.from([0, 255, 128]))
    expect([...files.readBytes(join(dir, 'raw'))]).toEqual([0, 255, 128])
    writeFileSync(join(dir, 'long'), Buffer.alloc(4096, 1))
    expect(files.readBytes(join(dir, 'long'))).toHaveLength(4096)
    writeFileSync(join(dir, 'long'), Buffer.alloc(4097, 1))
    expect(() => files.readBytes(join(dir, 'long'))).toThrow(expect.objectContaining({ code: 'EFBIG' }))
    expect(() => files.readBytes(join(dir, 'absent'))).toThrow(expect.objectContaining({ code: 'ENOENT' }))
  })
  test('a file in place of the kernel log is none: a virtual host has no kernel that speaks', () => {
    expect(openKernelLog(dir)).toBeUndefined()
    mkdirSync(join(dir, 'dev'))
    writeFileSync(join(dir, 'dev/kmsg'), '<6>nvmf: connected nvme0\n')
    expect(openKernelLog(dir)).toBeUndefined()
  })
  test('a device that gives nothing has no records', () => {
    const log = openKernelLog('/', '/dev/null')
    expect(log?.records()).toEqual([])
    log?.close()
  })
  test("a link out of a root does not lead to this host's kernel log", () => {
    const root = join(dir, 'captured')
    mkdirSync(root)
    symlinkSync('/dev', join(root, 'dev'))
    expect(openKernelLog(root)).toBeUndefined()
  })
  test('the loopback address is on an interface, one of documentation on none', () => {
    expect(interfaceOf('127.0.0.1')).toBe('lo')
    expect(interfaceOf('192.0.2.77')).toBeUndefined()
  })
  test('a name has the address of the family that is asked for, or none', async () => {
    expect(await resolveHost('localhost', 4)).toBe('127.0.0.1')
    await expect(resolveHost('no-such-name.invalid')).rejects.toThrow(/no-such-name/)
  })
  test('a random UUID is of version 4', () =>
    expect(randomUuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/))
})
