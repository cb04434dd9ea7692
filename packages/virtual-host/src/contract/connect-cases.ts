import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { defineCase } from './define.ts'
import type { ContractCase } from './lab.ts'
import { HOST, optionString } from './session.ts'

export const connectCases: ContractCase[] = [
  defineCase('an idle read of /dev/nvme-fabrics lists the supported options', [], async session => {
    const handle = await session.open('dev/nvme-fabrics', 'r')
    const text = await handle.read()
    match(text, /^instance=-1,cntlid=-1,/)
    const names = text.trimEnd().split(',')
    for (const token of ['transport=%s', 'traddr=%s', 'nqn=%s', 'hostid=%s', 'ctrl_loss_tmo=%d', 'duplicate_connect']) {
      ok(names.includes(token), token)
    }
    equal(await handle.read(), '', 'a second read is at the end')
  }),

  defineCase('a connect answers instance=N,cntlid=M and nvmeN is there', ['loop'], async session => {
    const { instance, cntlid } = await session.connectRaw(session.loop(await session.subsystem('reply')))
    ok(session.controllers().includes(`nvme${instance}`))
    ok(session.nodes().includes(`nvme${instance}`))
    equal(session.attribute(instance, 'cntlid'), `${cntlid}\n`)
  }),

  defineCase('one handle makes one controller: a second write is EINVAL', ['loop'], async session => {
    const nqn = await session.subsystem('second-write')
    const { handle } = await session.connectRaw(session.loop(nqn))
    const before = session.controllers()
    await rejects(handle.write(session.loop(nqn)), { code: 'EINVAL' })
    deepEqual(session.controllers(), before)
  }),

  failing('an unknown subsystem is EIO by loop', 'EIO', ['loop'], session => session.loop(session.unknown('nobody'))),
  failing('an unknown subsystem is EIO by tcp', 'EIO', ['tcp'], session => session.tcp(session.unknown('nobody'))),
  failing('an address where nothing listens is ECONNREFUSED', 'ECONNREFUSED', ['tcp'], session =>
    session.tcp(session.unknown('nobody'), session.lab.refused),
  ),
  failing('an address that no machine has is ETIMEDOUT', 'ETIMEDOUT', ['tcp', 'unreachable'], session =>
    session.tcp(session.unknown('nobody'), session.lab.capabilities.unreachable),
  ),

  refusing('an unknown option', session => `${session.loop(session.unknown('x'))},no_such_option=1`),
  refusing('an option without its value', session => `${session.loop(session.unknown('x'))},queue_size=`),
  refusing('a number that is not one', session => session.loop(session.unknown('x'), { queue_size: '12x' })),
  refusing('no transport', session => optionString({ nqn: session.unknown('x'), ...HOST })),
  refusing('no nqn', () => optionString({ transport: 'loop', ...HOST })),
  refusing('no traddr for tcp', session => optionString({ nqn: session.unknown('x'), transport: 'tcp', ...HOST })),
  refusing('a host name: the kernel resolves none', session =>
    session.tcp(session.unknown('x'), { traddr: 'localhost' }),
  ),
  refusing('an address in brackets', session => session.tcp(session.unknown('x'), { traddr: '[::1]' })),
  refusing('a host address that is a name', session => session.tcp(session.unknown('x'), { host_traddr: 'localhost' })),
  refusing('a port that is a name', session => session.tcp(session.unknown('x'), { trsvcid: 'nvme' })),
  refusing('a port over 65535', session => session.tcp(session.unknown('x'), { trsvcid: '65536' })),
  refusing(
    'an interface that this host does not have',
    session => session.tcp(session.unknown('x'), { host_iface: 'nosuch0' }),
    'ENODEV',
  ),
  refusing('a transport that does not exist', session => session.loop(session.unknown('x'), { transport: 'pigeon' })),
  refusing('ctrl_loss_tmo for loop', session => session.loop(session.unknown('x'), { ctrl_loss_tmo: '600' })),
  refusing('an nqn of 223 bytes', session => session.loop('n'.repeat(223))),
  refusing('a hostnqn of 223 bytes', session => session.loop(session.unknown('x'), { hostnqn: 'n'.repeat(223) })),
  refusing('a hostid that is no uuid', session => session.loop(session.unknown('x'), { hostid: 'stas' })),
  refusing('queue_size 15', session => session.loop(session.unknown('x'), { queue_size: '15' })),
  refusing('queue_size 1025', session => session.loop(session.unknown('x'), { queue_size: '1025' })),
  refusing('reconnect_delay 0', session => session.tcp(session.unknown('x'), { reconnect_delay: '0' })),
  refusing('a secret that does not begin with DHHC-1:', session =>
    session.loop(session.unknown('x'), { dhchap_secret: 'DHHC-2:00:abcdef' }),
  ),

  defineCase('the same hostid with another hostnqn is EINVAL while a controller uses it', ['loop'], async session => {
    const nqn = await session.subsystem('two-hosts')
    await session.connect(session.loop(nqn))
    const other = 'nqn.2014-08.org.nvmexpress:contract:another-host'
    await rejects(session.connect(session.loop(nqn, { hostnqn: other })), { code: 'EINVAL' })
    const hostid = '6d0c4aa2-3f0e-4c65-9d3c-0f2b6a5e7c12'
    await rejects(session.connect(session.loop(nqn, { hostid })), { code: 'EINVAL' })
    await session.connect(session.loop(nqn, { hostnqn: other, hostid }))
  }),

  defineCase(
    'a hostnqn without hostid is EINVAL: the kernel has a default host of its own',
    ['loop'],
    async session => {
      const nqn = await session.subsystem('no-hostid')
      await rejects(session.connect(optionString({ nqn, transport: 'loop', hostnqn: HOST.hostnqn })), {
        code: 'EINVAL',
      })
    },
  ),

  defineCase('of a repeated hostnqn the last one counts', ['loop'], async session => {
    const nqn = await session.subsystem('hostnqn-twice')
    const instance = await session.connect(`hostnqn=nqn.first,${session.loop(nqn)}`)
    equal(session.attribute(instance, 'hostnqn'), `${HOST.hostnqn}\n`)
  }),

  defineCase('after a failed write the handle takes another', ['loop'], async session => {
    const handle = await session.open('dev/nvme-fabrics', 'r+')
    await rejects(handle.write('no_such_option'), { code: 'EINVAL' })
    await rejects(handle.write(session.loop(session.unknown('nobody'))), { code: 'EIO' })
    await handle.write(session.loop(await session.subsystem('second-try')))
    match(await handle.read(), /^instance=\d+,/)
  }),

  defineCase('a second tcp connect to the same place is EALREADY', ['tcp'], async session => {
    const nqn = await session.subsystem('duplicate')
    const first = await session.connect(session.tcp(nqn))
    const events = session.seqnum()
    await rejects(session.connect(session.tcp(nqn)), { code: 'EALREADY' })
    equal(session.seqnum(), events, 'it is refused before there is a device')
    const second = await session.connect(session.tcp(nqn, { duplicate_connect: true }))
    ok(second !== first)
  }),

  defineCase('a second discovery connect is not refused: whoever minds must look first', ['tcp'], async session => {
    await session.subsystem('discoverable')
    const discovery = session.tcp('nqn.2014-08.org.nvmexpress.discovery', { keep_alive_tmo: '30' })
    const first = await session.connect(discovery)
    const second = await session.connect(discovery)
    ok(second !== first)
    for (const instance of [first, second]) equal(session.attribute(instance, 'cntrltype'), 'discovery\n')
    equal(session.attribute(second, 'kato'), '30\n')
  }),

  defineCase(
    'a connect that names its address and interface is another one, and shows both',
    ['tcp'],
    async session => {
      const nqn = await session.subsystem('named-interface')
      const { traddr, trsvcid } = session.lab.tcp
      await session.connect(session.tcp(nqn))
      const named = session.tcp(nqn, { host_traddr: '127.0.0.1', host_iface: 'lo' })
      const instance = await session.connect(named)
      equal(
        session.attribute(instance, 'address'),
        `traddr=${traddr},trsvcid=${trsvcid},host_traddr=127.0.0.1,host_iface=lo,src_addr=127.0.0.1\n`,
      )
      await rejects(session.connect(named), { code: 'EALREADY' })
    },
  ),

  defineCase('loop does not refuse a duplicate', ['loop'], async session => {
    const nqn = await session.subsystem('loop-duplicate')
    const first = await session.connect(session.loop(nqn))
    const second = await session.connect(session.loop(nqn))
    ok(second !== first)
  }),

  defineCase('a comma in a value injects options: there is no quoting', ['loop'], async session => {
    const value = `${await session.subsystem('comma')},queue_size=16`
    const instance = await session.connect(session.loop(value))
    equal(session.attribute(instance, 'sqsize'), '15\n')
    equal(session.attribute(instance, 'subsysnqn'), `${value.split(',', 1)[0]}\n`)
  }),

  defineCase('a newline in a value injects options too', ['loop'], async session => {
    const value = `${await session.subsystem('newline')}\nqueue_size=16`
    equal(session.attribute(await session.connect(session.loop(value)), 'sqsize'), '15\n')
  }),
]

/** A connect that fails after the controller object was made: add and remove events, and no controller. */
function failing(
  name: string,
  code: string,
  needs: ContractCase['needs'],
  text: (session: Parameters<Parameters<typeof defineCase>[2]>[0]) => string,
): ContractCase {
  return defineCase(`${name}, leaves no controller and has two events`, needs, async session => {
    await session.subsystem('bystander')
    const before = session.controllers()
    const events = session.seqnum()
    await rejects(session.connect(text(session)), { code })
    deepEqual(session.controllers(), before)
    ok(session.seqnum() >= events + 2n, 'add and remove')
  })
}

/** A connect that is refused before there is a device: no controller and no event. */
function refusing(
  what: string,
  text: (session: Parameters<Parameters<typeof defineCase>[2]>[0]) => string,
  code = 'EINVAL',
): ContractCase {
  return defineCase(`${what} is ${code}`, [], async session => {
    const before = session.controllers()
    const events = session.seqnum()
    await rejects(session.connect(text(session)), { code })
    deepEqual(session.controllers(), before)
    equal(session.seqnum(), events, 'no event')
  })
}
