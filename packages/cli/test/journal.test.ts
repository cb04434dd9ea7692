import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { EVENTS as CLEANUP } from '../../udev-cleanup/src/events.ts'
import { catalog } from '../build/catalog.ts'
import { EVENTS } from '../src/journal/events.ts'
import { journalRecord } from '../src/journal/record.ts'

const CATALOG = join(import.meta.dirname, '../../../systemd/nvmf-cli.catalog')

describe('the ids of the records', () => {
  test('are one for each event, the helper counted in', () => {
    const ids = [...Object.values(EVENTS).map(({ id }) => id), ...Object.values(CLEANUP)]
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/)
  })

  test('are in the catalog as they are in the program', () => {
    expect(readFileSync(CATALOG, 'utf8')).toBe(catalog())
  })

  test('are never another one: scripts look for them', () => {
    const ids = Object.fromEntries(Object.entries(EVENTS).map(([name, { id }]) => [name, id]))
    expect(ids).toMatchInlineSnapshot(`
      {
        "claimed": "3cd4efd79437428bbcefb5b2f5d8cfa1",
        "connected": "beb5219f71034666aa305ce4a1bdcca3",
        "disconnected": "1105693860684b2fae791167ef1f22bd",
        "entry-deleted": "0def5788bed647ada1b0cd1389ea9b01",
        "entry-removed": "eb3655af1d2a45b495df67fb59a35ef7",
        "gave-up": "20bba7b07848a05897f8483f4ff653ba",
        "kept": "915ddf2d891646a19e7692854249e1e9",
        "left-connected": "4050e7234a051c97da6d5a3c4e87965e",
        "not-recorded": "58f31fb51528fd608b51cb16ef34d716",
        "released": "24a613858d3f4d23b4eaef861ae022e0",
        "stolen": "657c68cfbfdd487d90a8e06d0bd26652",
        "taken-down": "0498d6749d911c9080d121bd341240d1",
      }
    `)
  })
})

describe('a record', () => {
  test('has a line for people and fields for programs', () => {
    const { text, fields } = journalRecord('stolen', 'nvme3', { owner: 'boot loader', from: 'stas', nqn: undefined })
    expect(text).toBe('claimed nvme3 owner="boot loader" from=stas')
    expect(fields).toEqual({
      MESSAGE_ID: EVENTS.stolen.id,
      NVMF_EVENT: 'stolen',
      NVMF_DEVICE: 'nvme3',
      NVMF_OWNER: 'boot loader',
      NVMF_FROM: 'stas',
    })
  })

  test('names no controller where there is none', () => {
    const { text, fields } = journalRecord('gave-up', undefined, { nqn: 'nqn.x' })
    expect(text).toBe('gave up nqn=nqn.x')
    expect(fields).toEqual({ MESSAGE_ID: EVENTS['gave-up'].id, NVMF_EVENT: 'gave-up', NVMF_NQN: 'nqn.x' })
  })

  test('is one line in the text and in each field, whatever a target calls itself', () => {
    const { text, fields } = journalRecord('connected', 'nvme3', { nqn: 'nqn.x\nMESSAGE=all is well', owner: 'a b' })
    expect(text).toBe('connected nvme3 nqn="nqn.x\\\\nMESSAGE=all is well" owner="a b"'.replace('\\\\n', '\\n'))
    expect(fields['NVMF_NQN']).toBe('nqn.x\\u{a}MESSAGE=all is well')
  })

  test.each(['x', 'é', '漢', '😀'])('of many %s fits a record of the kernel log', character => {
    const { text } = journalRecord('connected', 'nvme3', { owner: character.repeat(4096) })
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(900)
    expect(Buffer.byteLength(text)).toBeGreaterThan(890)
    expect(text).not.toContain('\ufffd')
  })
})
