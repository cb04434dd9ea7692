import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { nodeSys } from '@nvmf/registry-core/node'
import { describe, expect, test } from 'vitest'
import { EVENTS } from '../src/events.ts'
import { cleanup } from '../src/index.ts'
import type { LogLine } from '../src/messages.ts'
import { journaldRecord, kmsgRecord } from '../src/records.ts'
import { type CleanupHost, cleanupHost, fifo } from './host.ts'

function told(host: CleanupHost, args: readonly string[], seqnum?: string): LogLine[] {
  const lines: LogLine[] = []
  cleanup({ sys: nodeSys(), args: ['--root', host.root, ...args], seqnum, log: (_root, line) => lines.push(line) })
  return lines
}

const fields = (lines: readonly LogLine[]) => lines.map(line => line.fields)

describe('the fields of a record', () => {
  test('of a removal: device, owner, both numbers and the reason', () => {
    const host = cleanupHost()
    host.put('nvme3', { owner: 'stas at site B\n', incarnation: '7\n', seqnum: '101\n' })
    expect(fields(told(host, ['nvme3'], '102'))).toEqual([
      {
        MESSAGE_ID: EVENTS.removed,
        NVMF_EVENT: 'cleanup-removed',
        NVMF_DEVICE: 'nvme3',
        NVMF_OWNER: 'stas at site B',
        NVMF_REASON: 'controller-gone',
        NVMF_SEQNUM: '102',
        NVMF_STAMP: '101',
      },
    ])
  })
  test('of an entry that stays tell a recycled number from damage', () => {
    const host = cleanupHost()
    host.put('nvme3', { owner: 'stas\n', incarnation: `${host.connect('nvme3')}\n` })
    fifo(host.path('nvme4'))
    expect(fields([...told(host, ['nvme3'], '102'), ...told(host, ['nvme4'], '103')])).toEqual([
      {
        MESSAGE_ID: EVENTS.kept,
        NVMF_EVENT: 'cleanup-kept',
        NVMF_DEVICE: 'nvme3',
        NVMF_OWNER: 'stas',
        NVMF_REASON: 'alive',
        NVMF_SEQNUM: '102',
      },
      {
        MESSAGE_ID: EVENTS.doubtful,
        NVMF_EVENT: 'cleanup-doubtful',
        NVMF_DEVICE: 'nvme4',
        NVMF_REASON: 'damaged',
        NVMF_SEQNUM: '103',
      },
    ])
  })
  test('of a sweep: each entry as such, and the totals', () => {
    const host = cleanupHost()
    host.put('nvme3', { owner: 'stas\n', incarnation: '7\n', seqnum: '101\n' })
    fifo(host.path('nvme4'))
    expect(told(host, ['--sweep']).map(line => line.fields['NVMF_EVENT'])).toEqual([
      'cleanup-removed',
      'cleanup-doubtful',
      'cleanup-swept',
    ])
  })
  test('of what could not be done', () => {
    const host = cleanupHost()
    expect(fields(told(host, ['nvme3']))).toEqual([{ MESSAGE_ID: EVENTS.failed, NVMF_EVENT: 'cleanup-failed' }])
  })
})

describe('a record for journald', () => {
  test('is a field a line, the text and who says it first', () => {
    expect(journaldRecord({ priority: 4, text: 'nvme3: left', fields: { NVMF_DEVICE: 'nvme3' } })).toBe(
      'MESSAGE=nvme3: left\nPRIORITY=4\nSYSLOG_IDENTIFIER=nvmf\nNVMF_DEVICE=nvme3\n',
    )
  })
  test('cannot be given a field by what came from outside, nor the kernel log a second line', () => {
    const host = cleanupHost()
    const root = `${host.root}/a\nPRIORITY=0`
    const lines: LogLine[] = []
    const args = ['--root', root, '--sweep', 'x']
    cleanup({ sys: nodeSys(), args, seqnum: undefined, log: (_root, line) => lines.push(line) })
    cleanup({ sys: nodeSys(), args: ['nvme3\nNVMF_OWNER=x'], seqnum: '1', log: (_root, line) => lines.push(line) })
    lines.push({ priority: 3, text: `${root} is not a directory`, fields: { NVMF_OWNER: 'a\nMESSAGE_ID=x' } })
    expect(lines).toHaveLength(3)
    for (const line of lines) {
      expect(journaldRecord(line).match(/^(MESSAGE|PRIORITY|MESSAGE_ID|NVMF_OWNER)=/gm)?.length).toBeLessThanOrEqual(4)
      expect(journaldRecord(line).match(/^PRIORITY=/gm)).toHaveLength(1)
      expect(kmsgRecord(line).match(/\n/g)).toHaveLength(1)
    }
  })
})

test('the catalog explains every MESSAGE_ID, and no other', () => {
  const catalog = readFileSync(join(resolve(import.meta.dirname, '../../..'), 'systemd/nvmf-registry.catalog'), 'utf8')
  const ids = [...catalog.matchAll(/^-- ([0-9a-f]{32})$/gm)].map(([, id]) => id)
  expect(ids.toSorted()).toEqual(Object.values(EVENTS).toSorted())
  expect(catalog.match(/^Subject: .+$/gm)).toHaveLength(ids.length)
})
