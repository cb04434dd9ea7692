import { describe, expect, test } from 'vitest'
import { kmsgPath, kmsgRecord } from '../src/records.ts'
import { cleanupHost } from './host.ts'
import { type Line, onHost, run } from './running.ts'

describe('a record of the kernel log', () => {
  test('is one line with priority and tag, in the log of the host that was cleaned', () => {
    expect(kmsgRecord({ priority: 6, text: 'nvme3: removed' })).toBe('<6>nvmf: nvme3: removed\n')
    expect([kmsgPath('/'), kmsgPath('/host')]).toEqual(['/dev/kmsg', '/host/dev/kmsg'])
  })
  test.each([
    ['of one byte', 'x'],
    ['of four bytes', '𝄞'],
    ['that are quoted', '"'],
    ['that are quoted twice', '\\'],
  ])('has at most 976 bytes with an owner of 1024 characters %s, and still says event and stamp', (_, character) => {
    const host = cleanupHost()
    host.put('nvme2147483647', { owner: `${character.repeat(1024)}\n`, seqnum: '18446744073709551615\n' })
    const { lines } = onHost(host, 'nvme2147483647', '18446744073709551614')
    expect(lines).toHaveLength(1)
    const record = kmsgRecord(lines[0] as Line)
    expect(Buffer.byteLength(record)).toBeLessThanOrEqual(976)
    // Cut between characters: half of one would come back as another.
    expect(Buffer.from(record).toString()).toBe(record)
    expect(record).toContain('…" event=')
    expect(record.match(/\n/g)).toEqual(['\n'])
  })
  test('has at most 976 bytes whatever else is long: a stamp of 4096 bytes, a root of 4000 characters', () => {
    const host = cleanupHost()
    host.connect('nvme3')
    host.put('nvme3', { owner: 'stas\n', seqnum: `${'𝄞'.repeat(1024)}\n` })
    const { lines } = onHost(host, 'nvme3', '102')
    expect(Buffer.byteLength(kmsgRecord(lines[0] as Line))).toBeLessThanOrEqual(976)
    const deep = run(['--root', `/${'𝄞'.repeat(4000)}`, '--sweep'])
    expect(deep.exit).toBe(1)
    expect(Buffer.byteLength(kmsgRecord(deep.lines[0] as Line))).toBeLessThanOrEqual(976)
  })
  test('cannot be forged by an owner: what looks like a fact stays within its quotes', () => {
    const host = cleanupHost()
    host.put('nvme3', { owner: 'x" event=9 stamp=9) <3>kernel: panic\n' })
    const { lines } = onHost(host, 'nvme3', '102')
    expect(lines[0]?.text).toBe(
      'nvme3: ownership entry removed: the controller is gone (owner="x\\" event=9 stamp=9) <3>kernel: panic" event=102 stamp=none)',
    )
  })
  test('cannot be forged by a stamp either', () => {
    const host = cleanupHost()
    host.connect('nvme3')
    host.put('nvme3', { owner: 'stas\n', seqnum: '1) (owner="other" event=9\n' })
    expect(onHost(host, 'nvme3', '102').lines[0]?.text).not.toContain('(owner="other"')
  })
})
