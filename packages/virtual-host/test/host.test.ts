import { once } from 'node:events'
import { existsSync, lstatSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { openDevice } from '../../controllers/src/node/device-file.ts'
import { callHost, startVirtualHost } from '../src/index.ts'
import {
  attribute,
  connect,
  disconnect,
  eventNames,
  inode,
  LOOP,
  lab,
  list,
  NQN,
  OTHER,
  openDelete,
  openFabrics,
  scratch,
  TCP,
} from './lab.ts'

// Nothing here waits for time to pass; a busy machine may.
vi.setConfig({ testTimeout: 30_000 })

describe('a connected controller', () => {
  test('is a class link, a node and a subsystem with a multipath namespace', async () => {
    const host = await lab()
    expect(await connect(host, TCP)).toBe(0)
    expect(await connect(host, `${TCP},duplicate_connect`)).toBe(1)
    expect(readlinkSync(join(host.root, 'sys/class/nvme/nvme0'))).toBe('../../devices/virtual/nvme-fabrics/ctl/nvme0')
    expect(attribute(host, 'nvme/nvme0/address')).toBe('traddr=127.0.0.1,trsvcid=4420,src_addr=127.0.0.1')
    expect(statSync(join(host.root, 'dev/nvme0')).mode & 0o7777).toBe(0o600)
    expect(lstatSync(join(host.root, 'sys/class/nvme/nvme0/delete_controller')).mode & 0o777).toBe(0o200)
    expect(list(host, 'sys/class/nvme-subsystem/nvme-subsys0')).toEqual(
      expect.arrayContaining(['nvme0', 'nvme0n1', 'nvme1', 'subsysnqn']),
    )
    expect(attribute(host, 'nvme-subsystem/nvme-subsys0/nvme1/transport')).toBe('tcp')
    expect(attribute(host, 'block/nvme0n1/size')).toBe('32768')
    expect(attribute(host, 'block/nvme0c1n1/hidden')).toBe('1')
    expect(attribute(host, 'nvme/nvme1/nvme0c1n1/uuid')).toBe(attribute(host, 'block/nvme0n1/uuid'))
    expect(list(host, 'dev')).toEqual(['kmsg', 'ng0n1', 'nvme-fabrics', 'nvme0', 'nvme0n1', 'nvme1'])
  })

  test('leaves nothing behind, in the order of the kernel', async () => {
    const host = await lab()
    await disconnect(host, await connect(host, LOOP))
    expect(eventNames(host)).toEqual([
      'add nvme0',
      'add nvme-subsys0',
      'change nvme0',
      'add nvme0n1',
      'add ng0n1',
      'remove ng0n1',
      'remove nvme0n1',
      'remove nvme0',
      'remove nvme-subsys0',
    ])
    expect(host.events().map(({ seqnum }) => seqnum)).toEqual([1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009])
    for (const where of ['nvme', 'nvme-subsystem', 'nvme-generic', 'block'])
      expect(list(host, `sys/class/${where}`)).toEqual([])
    expect(list(host, 'sys/devices/virtual/nvme-fabrics/ctl')).toEqual([])
    expect(list(host, 'dev')).toEqual(['kmsg', 'nvme-fabrics'])
  })

  test('has events without NQN and cntlid; unset values are none, the address of loop a null pointer', async () => {
    const host = await lab()
    await connect(host, LOOP)
    expect(host.events()[0]?.properties).toEqual({
      ACTION: 'add',
      DEVPATH: '/devices/virtual/nvme-fabrics/ctl/nvme0',
      SUBSYSTEM: 'nvme',
      DEVNAME: '/dev/nvme0',
      NVME_TRTYPE: 'loop',
      NVME_TRADDR: '(null)',
      NVME_TRSVCID: 'none',
      NVME_HOST_TRADDR: 'none',
      NVME_HOST_IFACE: 'none',
      MAJOR: '240',
      MINOR: '0',
      SEQNUM: '1001',
    })
  })

  test('every discovery controller has a subsystem of its own', async () => {
    const host = await lab()
    const discovery = 'nqn=nqn.2014-08.org.nvmexpress.discovery,transport=tcp,traddr=127.0.0.1,trsvcid=4420'
    await connect(host, discovery)
    await connect(host, discovery)
    expect(list(host, 'sys/class/nvme-subsystem')).toEqual(['nvme-subsys0', 'nvme-subsys1'])
    expect(attribute(host, 'nvme/nvme1/cntrltype')).toBe('discovery')
    expect(attribute(host, 'nvme/nvme1/kato')).toBe('0')
    expect(attribute(host, 'nvme-subsystem/nvme-subsys1/subsystype')).toBe('discovery')
  })
})

test('identities never come twice, on whatever file system: 40 incarnations of one name', async () => {
  const host = await lab()
  const seen = new Set<bigint>()
  for (let round = 0; round < 40; round++) {
    const instance = await connect(host, LOOP)
    expect(instance).toBe(0)
    seen.add(inode(host, 0))
    await disconnect(host, 0)
  }
  expect(seen.size).toBe(40)
})

test('a pinned controller keeps its subsystem, whose link to it dangles, until the handle is closed', async () => {
  const host = await lab()
  const handle = await openFabrics(host)
  await handle.write(LOOP)
  await disconnect(host, 0)
  expect(host.status().pinned).toEqual([{ device: 'nvme0', incarnation: 1, handles: 1 }])
  const link = join(host.root, 'sys/class/nvme-subsystem/nvme-subsys0/nvme0')
  expect(lstatSync(link).isSymbolicLink()).toBe(true)
  expect(existsSync(link)).toBe(false)
  await handle.close()
  expect(await connect(host, LOOP)).toBe(0)
})

test('an open node pins the number even after the process reopened other files', async () => {
  const host = await lab()
  host.addSubsystem(OTHER)
  await connect(host, LOOP)
  const node = await open(join(host.root, 'dev/nvme0'), 'r')
  await disconnect(host, 0)
  expect(await connect(host, `nqn=${OTHER},transport=loop`)).toBe(1)
  await node.close()
  expect(await connect(host, LOOP)).toBe(0)
})

describe('a lost target', () => {
  test('makes tcp controllers reconnect; when it comes back they are the same', async () => {
    const host = await lab()
    await connect(host, TCP)
    const before = inode(host, 0)
    host.lose(NQN)
    expect(attribute(host, 'nvme/nvme0/state')).toBe('connecting')
    expect(attribute(host, 'nvme/nvme0/address')).not.toContain('src_addr')
    host.recover(NQN)
    expect(attribute(host, 'nvme/nvme0/state')).toBe('live')
    expect(inode(host, 0)).toBe(before)
    expect(eventNames(host).at(-1)).toBe('change nvme0')
  })

  test('has them removed after ctrl_loss_tmo', async () => {
    const fires: Array<{ seconds: number; fire: () => void }> = []
    const timer = (seconds: number, fire: () => void) => {
      fires.push({ seconds, fire })
      return () => {}
    }
    const host = await lab({ timer })
    await connect(host, `${TCP},ctrl_loss_tmo=3,reconnect_delay=2`)
    host.lose(NQN)
    expect(fires.map(({ seconds }) => seconds)).toEqual([4])
    fires[0]?.fire()
    expect(list(host, 'sys/class/nvme')).toEqual([])
    expect(eventNames(host)).toContain('remove nvme0')
  })

  test('in real time, too', async () => {
    const host = await lab()
    await connect(host, `${TCP},ctrl_loss_tmo=1,reconnect_delay=1`)
    const stale = await openDelete(host, 0)
    host.lose(NQN)
    await expect.poll(() => list(host, 'sys/class/nvme'), { timeout: 5000 }).toEqual([])
    await expect(stale.write('1')).rejects.toMatchObject({ code: 'ENODEV' })
    await stale.close()
  })

  test('never with -1, and at once by expire', async () => {
    const host = await lab({
      timer: () => {
        throw new Error('no clock was to be set')
      },
    })
    await connect(host, `${TCP},ctrl_loss_tmo=-1`)
    host.lose(NQN)
    await expect(connect(host, `${TCP},duplicate_connect`)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    host.expire(NQN)
    expect(list(host, 'sys/class/nvme')).toEqual([])
  })

  test('deletes loop controllers at once: they are its own', async () => {
    const host = await lab()
    await connect(host, LOOP)
    host.lose(NQN)
    expect(list(host, 'sys/class/nvme')).toEqual([])
    await expect(connect(host, LOOP)).rejects.toMatchObject({ code: 'EIO' })
  })
})

describe('faults', () => {
  test.each(['write', 'read'] as const)('a controller that dies at %s still has its reply and its number', async at => {
    const host = await lab()
    host.addSubsystem(OTHER)
    host.faults.dieNext(at)
    const handle = await openFabrics(host)
    await handle.write(LOOP)
    expect(await handle.read()).toBe('instance=0,cntlid=1\n')
    expect(list(host, 'sys/class/nvme')).toEqual([])
    expect(eventNames(host)).toContain('remove nvme0')
    expect(await connect(host, `nqn=${OTHER},transport=loop`)).toBe(1)
    await handle.close()
    expect(await connect(host, LOOP)).toBe(0)
  })

  test('the next connect fails as asked, with events only where the kernel has some', async () => {
    const host = await lab()
    host.faults.failNext({ errno: 'EADDRNOTAVAIL' })
    host.faults.failNext({ errno: 'ETIMEDOUT', nqn: OTHER })
    host.faults.failNext({ errno: 'EIO', nqn: NQN })
    await expect(connect(host, LOOP)).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' })
    expect(eventNames(host)).toEqual([])
    await expect(connect(host, LOOP)).rejects.toMatchObject({ code: 'EIO' })
    expect(eventNames(host)).toEqual(['add nvme0', 'remove nvme0'])
    expect(await connect(host, LOOP)).toBe(0)
    expect(() => host.faults.failNext({ errno: 'EFOO' })).toThrow('no errno EFOO')
  })

  test('a held connect is connecting, holds up the others and outlives the process that made it', async () => {
    const host = await lab()
    host.faults.holdConnects()
    const killed = createConnection(join(host.root, 'dev/nvme-fabrics'))
    killed.write(`{"open":"r+"}\n{"write":"${TCP}"}\n`)
    await host.faults.connectHeld()
    expect(attribute(host, 'nvme/nvme0/state')).toBe('connecting')
    expect(list(host, 'sys/class/nvme-subsystem')).toEqual([])
    await expect(disconnect(host, 0)).rejects.toMatchObject({ code: 'EBUSY' })
    const behind = connect(host, LOOP)
    killed.destroy()
    await once(killed, 'close')
    host.faults.releaseConnects()
    expect(await behind).toBe(1)
    expect(attribute(host, 'nvme/nvme0/state')).toBe('live')
    await disconnect(host, 0)
    await disconnect(host, 1)
    expect(await connect(host, LOOP)).toBe(0)
  })
})

test('PCIe controllers have no delete_controller and nothing of NVMe-oF', async () => {
  const host = await lab()
  expect(host.addPcie('0000:01:00.0')).toBe('nvme0')
  expect(await connect(host, LOOP)).toBe(1)
  const files = list(host, 'sys/class/nvme/nvme0')
  for (const name of ['delete_controller', 'hostnqn', 'hostid', 'ctrl_loss_tmo', 'reconnect_delay']) {
    expect(files).not.toContain(name)
  }
  expect(attribute(host, 'nvme/nvme0/transport')).toBe('pcie')
  expect(attribute(host, 'nvme/nvme0/address')).toBe('0000:01:00.0')
  expect(readlinkSync(join(host.root, 'sys/class/block/nvme0n1'))).toContain('/nvme/nvme0/nvme0n1')
  expect(host.events()[0]?.properties).not.toHaveProperty('NVME_TRADDR')
  expect(() => host.addPcie('0000:01:00.0')).toThrow('there is a controller')
  host.removeController('nvme0')
  expect(list(host, 'sys/class/nvme')).toEqual(['nvme1'])
})

test('without modules there is a /sys/class and no NVMe in it', async () => {
  const host = await lab({ modules: false })
  expect(list(host, 'sys/class')).toEqual(['block'])
  expect(list(host, 'dev')).toEqual(['kmsg'])
  await expect(openFabrics(host)).rejects.toMatchObject({ code: 'ENOENT' })
  host.loadModules()
  expect(list(host, 'sys/class')).toContain('nvme')
  expect(await connect(host, LOOP)).toBe(0)
})

describe('handles', () => {
  test('are open for what they were opened for', async () => {
    const host = await lab()
    const reading = await openDevice(join(host.root, 'dev/nvme-fabrics'), 'r')
    await expect(reading.write(LOOP)).rejects.toMatchObject({ code: 'EBADF' })
    await reading.close()
    await connect(host, LOOP)
    const path = join(host.root, 'sys/class/nvme/nvme0/delete_controller')
    await expect(openDevice(path, 'r+')).rejects.toMatchObject({ code: 'EACCES' })
    const big = await openFabrics(host)
    await expect(big.write(`${LOOP}${','.repeat(4096)}`)).rejects.toMatchObject({ code: 'ENOMEM' })
    await expect(big.write('bogus')).rejects.toMatchObject({ code: 'EINVAL' })
    await big.write(LOOP)
    await big.close()
  })

  test('end with the kernel', async () => {
    const host = await lab()
    const handle = await openFabrics(host)
    await connect(host, LOOP)
    const deleting = await openDelete(host, 0)
    await disconnect(host, 0)
    await host.stop()
    // Until it has noticed, the client's socket itself may be what fails.
    const code = expect.stringMatching(/^ENODEV$/)
    await expect(handle.read()).rejects.toMatchObject({ code })
    await expect(deleting.write('1')).rejects.toMatchObject({ code })
    await expect(openFabrics(host)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await expect(callHost(host.root, 'status')).rejects.toMatchObject({ code: 'not-serving' })
  })
})

describe('the directory', () => {
  test('is served once, booted again after a stop, and removed on request', async () => {
    const dir = scratch()
    const first = await startVirtualHost({ dir })
    await expect(startVirtualHost({ dir })).rejects.toMatchObject({ code: 'already-serving' })
    first.addSubsystem(NQN)
    await connect(first, LOOP)
    await first.stop()
    writeFileSync(join(dir, 'etc/kept'), 'disk')
    writeFileSync(join(dir, 'run/gone'), 'memory')
    const second = await startVirtualHost({ dir })
    expect(list(second, 'sys/class/nvme')).toEqual([])
    expect(list(second, '.')).toEqual(['.virtual-host', 'dev', 'etc', 'proc', 'run', 'sys'])
    expect(list(second, 'run')).toEqual(['udevd.log'])
    await second.stop({ remove: true })
    expect(list(second, '.')).toEqual(['etc'])
  })

  test('is refused when it holds a machine', async () => {
    await expect(startVirtualHost({ dir: '/' })).rejects.toMatchObject({ code: 'not-a-virtual-host' })
  })

  test('may have a path longer than a socket address', async () => {
    const host = await lab({ dir: join(scratch(), 'long-'.repeat(40)) })
    expect(await callHost(host.root, 'status')).toMatchObject({ dir: host.root, modules: true })
  })
})
