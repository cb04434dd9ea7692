import { describe, expect, test } from 'vitest'
import { KernelError } from '../src/kernel/errno.ts'
import { SUPPORTED_OPTIONS } from '../src/kernel/option-table.ts'
import { DISCOVERY_NQN, parseConnectOptions } from '../src/kernel/options.ts'

const CONTEXT = { hostnqn: 'nqn.default', hostid: '11111111-2222-3333-4444-555555555555', cpus: 4 }
const parse = (text: string) => parseConnectOptions(text, CONTEXT)
const errnoOf = (text: string): string => {
  try {
    parse(text)
    return 'accepted'
  } catch (error) {
    return (error as KernelError).errno
  }
}

test('the idle text is that of kernel 6.12', () => {
  expect(SUPPORTED_OPTIONS).toBe(
    'instance=-1,cntlid=-1,transport=%s,traddr=%s,trsvcid=%s,nqn=%s,queue_size=%d,nr_io_queues=%d,reconnect_delay=%d,' +
      'ctrl_loss_tmo=%d,keep_alive_tmo=%d,hostnqn=%s,host_traddr=%s,host_iface=%s,hostid=%s,duplicate_connect,' +
      'disable_sqflow,hdr_digest,data_digest,nr_write_queues=%d,nr_poll_queues=%d,tos=%d,keyring=%d,tls_key=%d,' +
      'fast_io_fail_tmo=%d,discovery,dhchap_secret=%s,dhchap_ctrl_secret=%s,tls\n',
  )
})

describe('defaults', () => {
  test('of an I/O connect', () => {
    expect(parse('nqn=a,transport=tcp,traddr=1.2.3.4')).toMatchObject({
      trsvcid: '8009',
      queueSize: 128,
      ioQueues: 4,
      kato: 5,
      reconnectDelay: 10,
      maxReconnects: 60,
      hostnqn: CONTEXT.hostnqn,
      hostid: CONTEXT.hostid,
      duplicateConnect: false,
    })
  })

  test('of a discovery connect', () => {
    expect(parse(`nqn=${DISCOVERY_NQN},transport=loop`)).toMatchObject({ kato: 0, ioQueues: 0, duplicateConnect: true })
    expect(parse('nqn=unique,transport=loop,discovery')).toMatchObject({ discovery: true, duplicateConnect: true })
  })
})

test('the last of a repeated option counts, empty pieces and text after NUL do not', () => {
  expect(parse(',nqn=a,,transport=loop,queue_size=16,queue_size=0x20\n\0,bogus')).toMatchObject({ queueSize: 32 })
  expect(parse('nqn=a,transport=loop,hostnqn=h,hostnqn=i')).toMatchObject({ hostnqn: 'i' })
})

test.each([
  ['', 'EINVAL'],
  ['nqn=a', 'EINVAL'],
  ['transport=loop', 'EINVAL'],
  ['nqn=a,transport=rdma', 'EINVAL'],
  ['nqn=a,transport=loop,concat', 'EINVAL'],
  ['nqn=a,transport=loop,discovery=1', 'EINVAL'],
  ['nqn=,transport=loop', 'EINVAL'],
  ['nqn=a,transport=loop,queue_size=1025', 'EINVAL'],
  ['nqn=a,transport=loop,queue_size=99999999999', 'EINVAL'],
  ['nqn=a,transport=loop,nr_io_queues=0', 'EINVAL'],
  ['nqn=a,transport=loop,keep_alive_tmo=-1', 'EINVAL'],
  ['nqn=a,transport=loop,reconnect_delay=1', 'EINVAL'],
  ['nqn=a,transport=tcp,traddr=x,ctrl_loss_tmo=99999999999', 'EINVAL'],
  ['nqn=a,transport=tcp,traddr=x,tos=-1', 'EINVAL'],
  ['nqn=a,transport=tcp,traddr=x,keyring=5', 'ENOKEY'],
  ['nqn=a,transport=loop,keyring=0', 'EINVAL'],
  ['nqn=a,transport=loop,dhchap_secret=DHHC-1:00:', 'EINVAL'],
  ['nqn=a,transport=loop,dhchap_secret=DHHC-1:00:x', 'accepted'],
  [`nqn=${'ä'.repeat(111)}x,transport=loop`, 'EINVAL'],
  [`nqn=${'n'.repeat(222)},transport=loop`, 'accepted'],
])('%j is %s', (text, errno) => {
  expect(errnoOf(text)).toBe(errno)
})
