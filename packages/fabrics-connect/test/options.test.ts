import { describe, expect, test } from 'vitest'
import { check } from '../src/check.ts'
import { type ConnectRequest, DISCOVERY_NQN, FabricsError, optionTable, parseOptionText } from '../src/index.ts'
import { parseSupported } from '../src/kernel-dialogue.ts'
import { optionString, withDefaults } from '../src/option-string.ts'
import { REQUEST, SECRET, SUPPORTED } from './fakes.ts'

const WWN = '20000090fa942779'
const ALL = parseSupported(`${SUPPORTED.trim()},concat\n`)
const build = (request: ConnectRequest, supported: ReadonlySet<string> = ALL) => {
  const checked = check(request)
  return optionString(checked, withDefaults(checked, request), supported)
}
const thrown = (run: () => unknown): FabricsError | undefined => {
  try {
    run()
  } catch (error) {
    if (error instanceof FabricsError) return error
    throw error
  }
  return undefined
}

describe('the table', () => {
  test('has every token, flag and field once', () => {
    for (const column of ['key', 'token', 'long', 'short'] as const) {
      const values = optionTable.map(spec => spec[column]).filter(value => value !== undefined)
      expect(new Set(values).size).toBe(values.length)
    }
  })
  test('leaves -o and -v to the command', () => {
    expect(optionTable.filter(spec => spec.short === 'o' || spec.short === 'v')).toEqual([])
  })
})

describe('the option string', () => {
  test.each<[Partial<ConnectRequest>, string]>([
    [{}, 'nqn=N,transport=tcp,traddr=192.0.2.1,trsvcid=4420,ctrl_loss_tmo=600'],
    [{ trsvcid: '4421', ctrlLossTmo: -1 }, 'nqn=N,transport=tcp,traddr=192.0.2.1,trsvcid=4421,ctrl_loss_tmo=-1'],
    [{ transport: 'rdma' }, 'nqn=N,transport=rdma,traddr=192.0.2.1,trsvcid=4420,ctrl_loss_tmo=600'],
    [{ transport: 'loop', traddr: undefined }, 'nqn=N,transport=loop'],
    [
      { transport: 'fc', traddr: 'nn-0x10000090FA942779,pn-0x10000090fa942779', hostTraddr: `nn-${WWN}:pn-${WWN}` },
      `nqn=N,transport=fc,traddr=nn-0x10000090fa942779:pn-0x10000090fa942779,host_traddr=nn-0x${WWN}:pn-0x${WWN},ctrl_loss_tmo=600`,
    ],
    [
      { nqn: DISCOVERY_NQN },
      `nqn=${DISCOVERY_NQN},transport=tcp,traddr=192.0.2.1,trsvcid=8009,keep_alive_tmo=30,ctrl_loss_tmo=600`,
    ],
    [
      {
        nrIoQueues: 4,
        nrPollQueues: 0,
        queueSize: 16,
        keepAliveTmo: 0,
        tos: 0,
        hdrDigest: true,
        dataDigest: false,
        tlsKey: 255,
      },
      'nqn=N,transport=tcp,traddr=192.0.2.1,trsvcid=4420,nr_io_queues=4,queue_size=16,ctrl_loss_tmo=600,tos=0,tls_key=0x000000ff,hdr_digest',
    ],
    [{ trsvcid: 'none', hostIface: '' }, 'nqn=N,transport=tcp,traddr=192.0.2.1,trsvcid=4420,ctrl_loss_tmo=600'],
  ])('%j', (changes, text) => {
    expect(build({ ...REQUEST, nqn: 'N', ...changes })).toEqual({ text, shown: text, warnings: [] })
  })

  test('names what a transport or a discovery controller does not take', () => {
    expect(build({ ...REQUEST, transport: 'loop', reconnectDelay: 5, tos: 3 }).warnings).toEqual([
      'reconnect_delay is ignored: not an option of loop',
      'tos is ignored: not an option of loop',
    ])
    expect(build({ ...REQUEST, nqn: DISCOVERY_NQN, nrIoQueues: 2 }).warnings).toEqual([
      'nr_io_queues is ignored: not an option of a discovery controller',
    ])
  })

  test('is a page at most, in bytes', () => {
    const long = { transport: 'loop', traddr: 'ü'.repeat(2000), nqn: 'N' }
    expect(build(long).text).toHaveLength(2000 + 'nqn=N,transport=loop,traddr='.length)
    expect(thrown(() => build({ ...long, traddr: 'ü'.repeat(2040) }))?.code).toBe('bad-option')
  })

  test('never connects without the protection that was asked for', () => {
    const plain = new Set([...ALL].filter(token => token !== 'tls'))
    expect(thrown(() => build({ ...REQUEST, tls: true }, plain))).toMatchObject({
      code: 'unsupported-option',
      option: 'tls',
    })
    expect(thrown(() => build({ ...REQUEST, transport: 'rdma', tls: true }))?.code).toBe('unsupported-option')
  })
})

describe('values that cannot be right', () => {
  test.each<[Partial<ConnectRequest>, string]>([
    [{ transport: 'pcie' }, 'transport'],
    [{ transport: '' }, 'transport'],
    [{ nqn: '' }, 'nqn'],
    [{ nqn: 'x'.repeat(223) }, 'nqn'],
    [{ nqn: 'ü'.repeat(112) }, 'nqn'],
    [{ nqn: 'a\u0000b' }, 'nqn'],
    [{ hostnqn: 'x'.repeat(223) }, 'hostnqn'],
    [{ hostid: 'x' }, 'hostid'],
    [{ traddr: undefined }, 'traddr'],
    [{ traddr: 'none' }, 'traddr'],
    [{ transport: 'fc', traddr: `nn-${WWN}:pn-${WWN}` }, 'host_traddr'],
    [{ trsvcid: 'nvme' }, 'trsvcid'],
    [{ trsvcid: '65536' }, 'trsvcid'],
    [{ trsvcid: '0' }, 'trsvcid'],
    [{ hostTraddr: 'host.example' }, 'host_traddr'],
    [{ hostIface: 'eth0\n' }, 'host_iface'],
    [{ queueSize: 15 }, 'queue_size'],
    [{ queueSize: 1025 }, 'queue_size'],
    [{ ctrlLossTmo: -2 }, 'ctrl_loss_tmo'],
    [{ tos: 256 }, 'tos'],
    [{ nrIoQueues: -1 }, 'nr_io_queues'],
    [{ nrIoQueues: 1.5 }, 'nr_io_queues'],
    [{ keyring: 0 }, 'keyring'],
    [{ dhchapSecret: 'DHHC-1:' }, 'dhchap_secret'],
    [{ dhchapCtrlSecret: 'DHHC-1:0000' }, 'dhchap_ctrl_secret'],
    [{ concat: true }, 'concat'],
    [{ concat: true, tls: true, dhchapSecret: SECRET }, 'concat'],
    [{ dhchapCtrlSecret: SECRET }, 'dhchap_ctrl_secret'],
    [{ transport: 'fc', traddr: 'nn-0x1:pn-0x2' }, 'traddr'],
    [{ transport: 'fc', traddr: `nn-${WWN}:pn-${WWN}`, hostTraddr: `nn-${WWN},pn-${WWN},tls` }, 'host_traddr'],
    [{ transport: 'rdma', hostTraddr: 'eth0' }, 'host_traddr'],
    [{ traddr: '[::1]' }, 'traddr'],
    [{ traddr: 'two words' }, 'traddr'],
    [{ traddr: '-o' }, 'traddr'],
    [{ traddr: '192.0.2.1', family: 6 }, 'traddr'],
    [{ traddr: '::1', family: 4 }, 'traddr'],
    [{ transport: 'loop', family: 4 }, 'family'],
    [{ hostIface: 'a-name-of-16-byt' }, 'host_iface'],
    [{ hostIface: 'a/b' }, 'host_iface'],
  ])('%j', (changes, option) => {
    expect(thrown(() => check({ ...REQUEST, ...changes }))).toMatchObject({ code: 'bad-option', option })
  })
  test('an NQN of 222 bytes is taken', () =>
    expect(thrown(() => check({ ...REQUEST, nqn: 'x'.repeat(222) }))).toBeUndefined())
})

const spec = (key: string) => {
  const found = optionTable.find(option => option.key === key)
  if (found === undefined) throw new Error(key)
  return found
}

describe('parseOptionText', () => {
  test.each([
    ['ctrlLossTmo', '-1', -1],
    ['queueSize', '0128', 128],
    ['tlsKey', '0x1F', 31],
    ['keyring', '12', 12],
    ['trsvcid', '4420', '4420'],
  ])('%s %s', (key, text, value) => expect(parseOptionText(spec(key), text)).toBe(value))
  test.each(['', '1e3', ' 1', '0x10', '--1', '1.5', '٣'])('no number: %j', text =>
    expect(thrown(() => parseOptionText(spec('queueSize'), text))?.code).toBe('bad-option'),
  )
})
