import type { Controller } from '@nvmf/controllers'
import { describe, expect, test } from 'vitest'
import { type ConnectRequest, previewConnect } from '../src/index.ts'
import { REQUEST, SECRET, world } from './fakes.ts'

const UUID = '11111111-2222-3333-4444-555555555555'
const HOST = `hostnqn=nqn.2014-08.org.nvmexpress:uuid:${UUID},hostid=${UUID}`
const TARGET = 'traddr=192.0.2.1,trsvcid=4420'

/** The only steps that are allowed: the kernel is asked what it knows. */
const LOOKED = ['open r', 'read r', 'close r']

describe('a preview', () => {
  test('has what connect would write, and writes nothing', async () => {
    const { ports, log } = world()
    expect(await previewConnect(REQUEST, ports, { owner: 'stas' })).toEqual({
      options: `nqn=${REQUEST.nqn},transport=tcp,${TARGET},${HOST},ctrl_loss_tmo=600`,
      identity: 'host',
      warnings: [],
    })
    expect(log).toEqual(LOOKED)
  })

  test('has no secret', async () => {
    const { ports } = world()
    const { options } = await previewConnect({ ...REQUEST, dhchapSecret: SECRET, dhchapCtrlSecret: SECRET }, ports)
    expect(options).toContain('dhchap_secret=…,dhchap_ctrl_secret=…')
    expect(options).not.toContain(SECRET.slice(10, 20))
  })

  test.each<[string, Partial<ConnectRequest>, string]>([
    ['a kernel that lacks what must not be dropped', { tls: true }, 'unsupported-option'],
    ['a value that cannot be right', { trsvcid: '0' }, 'bad-option'],
    ['a name without an address', { traddr: 'nowhere.example' }, 'unresolved'],
  ])('refuses what connect refuses: %s', async (_, changes, code) => {
    const { ports, log } = world({ supported: 'nqn=%s,transport=%s,traddr=%s,trsvcid=%s\n' })
    await expect(previewConnect({ ...REQUEST, ...changes }, ports)).rejects.toMatchObject({ code })
    expect(log.every(step => LOOKED.includes(step))).toBe(true)
  })

  test('loads no module: what the kernel would know is left open', async () => {
    const loaded: string[] = []
    const { ports } = world({ fail: { 'open r': 'ENOENT' } })
    const loadModule = async (name: string): Promise<void> => void loaded.push(name)
    const { options, warnings } = await previewConnect({ ...REQUEST, tls: true }, { ...ports, loadModule })
    expect(options).toMatch(/,tls$/)
    expect(warnings).toEqual(['nvme-fabrics is not loaded, and would be: which options this kernel knows is not known'])
    expect(loaded).toEqual([])
    await expect(previewConnect(REQUEST, ports)).rejects.toMatchObject({ code: 'no-module' })
  })

  test('of a connection that exists has no word of what was not done', async () => {
    const there = {
      name: 'nvme3',
      incarnation: '7',
      transport: 'tcp',
      nqn: REQUEST.nqn,
      state: 'live',
      address: { text: '', traddr: '192.0.2.1', trsvcid: '4420' },
    } as unknown as Controller
    const { ports, log } = world({ controllers: [there], ownership: { state: 'owned', owner: 'stas' } })
    const preview = (options: object): Promise<unknown> => previewConnect(REQUEST, ports, options)
    await expect(preview({})).rejects.toThrow('already connected as nvme3, owned by stas')
    await expect(preview({ owner: 'me', steal: true })).rejects.toThrow(
      'already connected as nvme3, would be taken from stas for me',
    )
    await expect(preview({ owner: '' })).rejects.toThrow("already connected as nvme3, would be released (is stas's)")
    expect(await preview({ owner: 'me', steal: true, idempotent: true })).toMatchObject({
      existing: { device: 'nvme3', text: 'already connected as nvme3, would be taken from stas for me' },
    })
    expect(log.every(step => LOOKED.includes(step))).toBe(true)
    const damaged = world({ controllers: [there], ownership: { state: 'unknown', reason: 'its owner is empty' } })
    await expect(previewConnect(REQUEST, damaged.ports, { owner: 'me', steal: true })).rejects.toThrow(
      'already connected as nvme3, would be taken for me, whose it is cannot be read',
    )
  })
})
