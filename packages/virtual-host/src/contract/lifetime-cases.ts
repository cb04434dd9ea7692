import { equal, match, notEqual, ok, rejects } from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { defineCase } from './define.ts'
import type { ContractCase } from './lab.ts'
import { HOST, type Session } from './session.ts'

export const lifetimeCases: ContractCase[] = [
  defineCase('a number is given again at once', ['loop'], async session => {
    const nqn = await session.subsystem('recycle')
    const first = await session.connect(session.loop(nqn))
    for (let round = 0; round < 3; round++) {
      await session.delete(first)
      equal(await session.connect(session.loop(nqn)), first)
    }
  }),

  defineCase('the handle that made a controller pins its number', ['loop'], async session => {
    const [a, b] = [await session.subsystem('pin-a'), await session.subsystem('pin-b')]
    const { instance, handle } = await session.connectRaw(session.loop(a))
    await session.delete(instance)
    const other = await session.connect(session.loop(b))
    notEqual(other, instance)
    await handle.close()
    equal(await session.connect(session.loop(a)), instance)
  }),

  defineCase('the reply can be read after the controller died', ['loop'], async session => {
    const handle = await session.open('dev/nvme-fabrics', 'r+')
    const before = session.controllers()
    await handle.write(session.loop(await session.subsystem('late-reply')))
    const [name = ''] = session.controllers().filter(each => !before.includes(each))
    await session.delete(Number(name.slice(4)))
    match(await handle.read(), new RegExp(`^instance=${name.slice(4)},cntlid=\\d+\\n$`))
  }),

  defineCase('an open /dev/nvmeN pins its number', ['loop'], async session => {
    const [a, b] = [await session.subsystem('node-a'), await session.subsystem('node-b')]
    const instance = await session.connect(session.loop(a))
    const node = await session.open(`dev/nvme${instance}`, 'r')
    await session.delete(instance)
    const other = await session.connect(session.loop(b))
    notEqual(other, instance)
    await node.close()
    equal(await session.connect(session.loop(a)), instance)
  }),

  defineCase('a subsystem keeps the number of its first controller', ['loop'], async session => {
    const [a, b] = [await session.subsystem('keep-a'), await session.subsystem('keep-b')]
    const first = await session.connect(session.loop(a))
    const second = await session.connect(session.loop(a))
    await session.delete(first)
    notEqual(await session.connect(session.loop(b)), first)
    await session.delete(second)
    equal(await session.connect(session.loop(b)), first)
  }),

  defineCase('every incarnation of a name has another inode number', ['loop'], async session => {
    const nqn = await session.subsystem('identity')
    const seen = new Set<bigint>()
    for (let round = 0; round < 4; round++) {
      const instance = await session.connect(session.loop(nqn))
      const identity = session.identity(instance)
      ok(!seen.has(identity), `${identity} came twice`)
      seen.add(identity)
      equal(session.identity(instance), identity, 'and keeps it while it lives')
      await session.delete(instance)
    }
  }),

  defineCase('delete_controller removes the node and the class link before it returns', ['loop'], async session => {
    const instance = await session.connect(session.loop(await session.subsystem('delete')))
    await session.delete(instance)
    ok(!session.nodes().includes(`nvme${instance}`))
    ok(!session.controllers().includes(`nvme${instance}`))
  }),

  defineCase('a stale delete_controller handle is ENODEV and spares the next tenant', ['loop'], async session => {
    const nqn = await session.subsystem('stale')
    const instance = await session.connect(session.loop(nqn))
    const stale = await session.open(`sys/class/nvme/nvme${instance}/delete_controller`, 'w')
    await session.delete(instance)
    equal(await session.connect(session.loop(nqn)), instance)
    const identity = session.identity(instance)
    await rejects(stale.write('1'), { code: 'ENODEV' })
    equal(session.attribute(instance, 'state'), 'live\n')
    equal(session.identity(instance), identity)
  }),

  defineCase('delete_controller cannot be opened for reading', ['loop'], async session => {
    const instance = await session.connect(session.loop(await session.subsystem('write-only')))
    for (const mode of ['r', 'r+'] as const) {
      const path = `sys/class/nvme/nvme${instance}/delete_controller`
      await rejects(session.open(path, mode), { code: 'EACCES' })
    }
  }),

  defineCase('a removed controller stays linked in its subsystem while it is pinned', ['loop'], async session => {
    const nqn = await session.subsystem('dangling')
    const { instance, handle } = await session.connectRaw(session.loop(nqn))
    await session.delete(instance)
    ok(linkedInSubsystem(session, instance))
    ok(!session.controllers().includes(`nvme${instance}`))
    await handle.close()
    ok(!linkedInSubsystem(session, instance))
  }),

  defineCase('uevent_seqnum grows over a connect and over a removal', ['loop'], async session => {
    const nqn = await session.subsystem('seqnum')
    const before = session.seqnum()
    const instance = await session.connect(session.loop(nqn))
    const connected = session.seqnum()
    ok(connected > before)
    await session.delete(instance)
    ok(session.seqnum() > connected)
  }),

  defineCase('the attributes of a loop controller', ['loop'], async session => {
    const nqn = await session.subsystem('attributes')
    const instance = await session.connect(session.loop(nqn))
    expectAttributes(session, instance, { transport: 'loop', address: '', subsysnqn: nqn })
    ok(linkedInSubsystem(session, instance))
  }),

  defineCase('the attributes of a tcp controller', ['tcp'], async session => {
    const nqn = await session.subsystem('tcp-attributes')
    const tuned = { ctrl_loss_tmo: '3', reconnect_delay: '1', keep_alive_tmo: '7' }
    const instance = await session.connect(session.tcp(nqn, tuned))
    const { traddr, trsvcid } = session.lab.tcp
    const address = session.attribute(instance, 'address')
    match(address, /^traddr=[^,]+,trsvcid=\d+,src_addr=[^,]+\n$/)
    ok(address.startsWith(`traddr=${traddr},trsvcid=${trsvcid},`))
    expectAttributes(session, instance, {
      transport: 'tcp',
      subsysnqn: nqn,
      ctrl_loss_tmo: '3',
      reconnect_delay: '1',
      kato: '7',
    })
  }),

  defineCase('ctrl_loss_tmo is rounded up to whole reconnects, negative is off', ['tcp'], async session => {
    const nqn = await session.subsystem('loss-tmo')
    const rounded = await session.connect(session.tcp(nqn, { ctrl_loss_tmo: '5', reconnect_delay: '4' }))
    equal(session.attribute(rounded, 'ctrl_loss_tmo'), '8\n')
    await session.delete(rounded)
    const forever = await session.connect(session.tcp(nqn, { ctrl_loss_tmo: '-1' }))
    equal(session.attribute(forever, 'ctrl_loss_tmo'), 'off\n')
  }),
]

function expectAttributes(session: Session, instance: number, expected: Record<string, string>): void {
  const all = { state: 'live', cntrltype: 'io', hostnqn: HOST.hostnqn, hostid: HOST.hostid, ...expected }
  for (const [name, value] of Object.entries(all)) equal(session.attribute(instance, name), `${value}\n`, name)
  match(session.attribute(instance, 'cntlid'), /^\d+\n$/)
  match(session.attribute(instance, 'numa_node'), /^-?\d+\n$/)
  match(session.attribute(instance, 'queue_count'), /^\d+\n$/)
}

function linkedInSubsystem(session: Session, instance: number): boolean {
  const subsystems = join(session.lab.root, 'sys/class/nvme-subsystem')
  return readdirSync(subsystems).some(name => readdirSync(join(subsystems, name)).includes(`nvme${instance}`))
}
