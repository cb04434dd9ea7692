import { describe, expect, test } from 'vitest'
import { connect, FabricsError } from '../src/index.ts'
import { saidByKernel } from '../src/kernel-log.ts'
import { errno, REQUEST, world } from './fakes.ts'

describe('what the kernel said about a failed connect', () => {
  test.each<[string, string[]]>([
    ['3,422,20184533,-;nvme nvme1: failed to connect socket: -111\n', ['nvme nvme1: failed to connect socket: -111']],
    [
      '6,432,20595257,-;nvme_fabrics: no handler found for transport pigeon.\n',
      ['nvme_fabrics: no handler found for transport pigeon.'],
    ],
    [
      '3,424,20330114,-;nvme_tcp: invalid interface passed: foo\n SUBSYSTEM=x\n',
      ['nvme_tcp: invalid interface passed: foo'],
    ],
    // A controller that is there has its own troubles.
    ['4,425,20377948,-;nvme nvme7: reconnecting in 10 seconds\n', []],
    ['6,426,1,-;nvmet: creating nvm controller 2\n', []],
    ['7,427,1,-;nvme nvme1: debugging talk\n', []],
    ['30,428,1,-;nvme_fabrics: a process wrote this into the log\n', []],
    ['3,429,1,-;something else: nvme\n', []],
    ['nonsense', []],
    ['', []],
  ])('%j', (record, said) => expect(saidByKernel([record], ['nvme7'])).toEqual(said))
  test('troubles come first, in their order: the first is the cause', () => {
    const records = ['6,1,1,-;nvme nvme1: a', '4,2,2,-;nvme nvme1: qid 0: no key', '3,3,3,-;nvme nvme1: failed']
    expect(saidByKernel(records, [])).toEqual(['nvme nvme1: qid 0: no key', 'nvme nvme1: failed', 'nvme nvme1: a'])
  })
  test('no secret leaves it', () => {
    const record = "3,1,1,-;nvme_fabrics: unknown parameter 'dhchap_secret=DHHC-1:00:geheim:' in ctrl creation request"
    expect(saidByKernel([record], [])).toEqual([
      "nvme_fabrics: unknown parameter 'dhchap_secret=(secret)' in ctrl creation request",
    ])
  })
  test('is in the error', async () => {
    const { ports } = world({ fail: { write: 'EINVAL' }, logged: ['3,1,1,-;nvme_fabrics: missing parameter'] })
    const error = await connect(REQUEST, ports).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'invalid', kernelLog: ['nvme_fabrics: missing parameter'] })
  })
})

describe('modules', () => {
  test('are loaded where the driver is missing, and it is tried once more', async () => {
    const { ports, fail, log } = world({ fail: { 'open r': 'ENOENT' } })
    const loaded: string[] = []
    const loadModule = async (name: string): Promise<void> => {
      loaded.push(name)
      delete fail['open r']
    }
    expect(await connect(REQUEST, { ...ports, loadModule })).toMatchObject({ device: 'nvme3' })
    expect(loaded).toEqual(['nvme-fabrics', 'nvme-tcp'])
    expect(log.filter(line => line === 'open r')).toHaveLength(2)
  })
  test.each([
    ['that do not help', 'ENOENT', 'no-module', 2],
    ['are no remedy for anything else', 'EACCES', 'permission', 0],
  ])('%s', async (_, open, code, loads) => {
    const { ports } = world({ fail: { 'open r': open } })
    let loaded = 0
    const loadModule = async (): Promise<void> => void loaded++
    const error = await connect(REQUEST, { ...ports, loadModule }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(FabricsError)
    expect(error).toMatchObject({ code, cause: { code: errno(open).message } })
    expect(loaded).toBe(loads)
  })
})
