import { describe, expect, test } from 'vitest'
import { type ControllersError, type OpenDevice, openDeleteController } from '../src/index.ts'
import { errno } from './host.ts'

/** A device whose open and write fail as told; records what happens to it. */
function device(fails: { open?: string; write?: string } = {}): { open: OpenDevice; log: string[] } {
  const log: string[] = []
  const open: OpenDevice = async (path, mode) => {
    log.push(`open ${path} ${mode}`)
    if (fails.open) throw errno(fails.open)
    return {
      async write(text) {
        log.push(`write ${text}`)
        if (fails.write) throw errno(fails.write)
      },
      read: async () => '',
      close: async () => void log.push('close'),
    }
  }
  return { open, log }
}
const code = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'fine',
    (error: ControllersError) => error.code,
  )

describe('openDeleteController', () => {
  test('writes 1 to the one file', async () => {
    const { open, log } = device()
    const handle = await openDeleteController(open, '/host/', 'nvme3')
    expect(await handle.delete()).toBe('deleted')
    await handle.close()
    expect(log).toEqual(['open /host/sys/class/nvme/nvme3/delete_controller w', 'write 1', 'close'])
  })
  test('finds a dead incarnation gone', async () => {
    expect(await (await openDeleteController(device({ write: 'ENODEV' }).open, '/', 'nvme3')).delete()).toBe('gone')
  })
  test.each([
    ['ENOENT', 'no-controller'],
    ['EACCES', 'permission'],
    ['EMFILE', 'io'],
  ])('open %s: %s', async (open, expected) => {
    expect(await code(openDeleteController(device({ open }).open, '/', 'nvme3'))).toBe(expected)
  })
  test.each([
    ['EBUSY', 'busy'],
    ['EPERM', 'permission'],
    ['EIO', 'io'],
  ])('write %s: %s', async (write, expected) => {
    const handle = await openDeleteController(device({ write }).open, '/', 'nvme3')
    expect(await code(handle.delete())).toBe(expected)
  })
  test.each(['nvme3n1', '../nvme3', 'nvme03', ''])('opens nothing for %j', async name => {
    const { open, log } = device()
    expect(await code(openDeleteController(open, '/', name))).toBe('bad-device')
    expect(log).toEqual([])
  })
})
