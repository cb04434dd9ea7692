import { spawnSync } from 'node:child_process'
import { readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodeSys } from '@nvmf/registry-core/node'
import type { ReapSys } from '@nvmf/registry-core/protocol'
import { describe, expect, test } from 'vitest'
import { cleanupHost, fifo } from './host.ts'
import { onHost, run, says } from './running.ts'

describe('a sweep', () => {
  test('says each entry that it removed and a total; live and unproven ones are not worth a line', () => {
    const host = cleanupHost()
    const live = host.connect('nvme0')
    host.put('nvme0', { owner: 'live\n', incarnation: `${live}\n` })
    host.connect('nvme1')
    host.put('nvme1', { owner: 'past\n', incarnation: '1\n', seqnum: '7\n' })
    host.connect('nvme2')
    host.put('nvme2', { owner: 'libnvme\n', seqnum: '1\n' })
    host.put('nvme10', { incarnation: '1\n' })
    fifo(host.path('nvme11'))
    const namespace = statSync('/proc/self/ns/pid', { bigint: true }).ino
    host.put(`.nvme2.new.1.${namespace}-${spawnSync('true').pid}-aa`, { owner: 'half' })
    host.put('.trash.a1B2c3', {})
    expect(onHost(host, '--sweep')).toEqual({
      exit: 0,
      lines: [
        {
          priority: 6,
          text: 'nvme1: ownership entry removed by sweep: another controller has this number now (owner="past" stamp=7)',
        },
        {
          priority: 6,
          text: 'nvme10: ownership entry removed by sweep: the controller is gone (owner=none stamp=none)',
        },
        { priority: 4, text: 'nvme11: ownership entry left by sweep: it is damaged (owner=none stamp=none)' },
        { priority: 5, text: 'sweep: 2 stale entries and 2 unfinished ones removed, 3 left' },
      ],
      roots: Array.from({ length: 4 }, () => host.root),
    })
    expect(host.listing().map(line => line.split(' ')[0])).toEqual([
      'run/nvme',
      'run/nvme/registry',
      'run/nvme/registry/nvme0',
      'run/nvme/registry/nvme0/incarnation',
      'run/nvme/registry/nvme0/owner',
      'run/nvme/registry/nvme11',
      'run/nvme/registry/nvme2',
      'run/nvme/registry/nvme2/owner',
      'run/nvme/registry/nvme2/seqnum',
    ])
  })
  test('is silent when there is nothing to do, and needs no SEQNUM and minds none', () => {
    const host = cleanupHost()
    const nothing = { exit: 0, lines: [], roots: [] }
    expect(onHost(host, '--sweep')).toEqual(nothing)
    expect(onHost(host, '--sweep', 'abc')).toEqual(nothing)
    rmSync(join(host.root, 'run'), { recursive: true })
    expect(onHost(host, '--sweep')).toEqual(says(host, 6, `sweep: nothing to do: there is no registry ${host.path()}`))
  })
  test('without sysfs warns of every entry that it could not judge', () => {
    const host = cleanupHost()
    host.put('nvme3', { incarnation: '7\n' })
    rmSync(join(host.root, 'sys'), { recursive: true })
    expect(onHost(host, '--sweep')).toEqual(
      says(
        host,
        4,
        'nvme3: ownership entry left by sweep: /sys/class cannot be read, so nothing can be judged (owner=none stamp=none)',
      ),
    )
  })
  test('of which one entry fails has said what became of the others', () => {
    const host = cleanupHost()
    for (const device of ['nvme3', 'nvme4', 'nvme5']) host.put(device, { owner: 'stas\n', incarnation: '7\n' })
    const real = nodeSys()
    const unlink: ReapSys['unlink'] = path => {
      const dir = readlinkSync(path.replace(/\/[^/]+$/, ''))
      if (dir.endsWith('nvme4')) throw Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' })
      real.unlink(path)
    }
    const { exit, lines } = run(['--root', host.root, '--sweep'], undefined, { ...real, unlink })
    expect({ exit, lines: lines.map(({ text }) => text.slice(0, 25)) }).toEqual({
      exit: 1,
      lines: ['nvme3: ownership entry re', 'nvme5: ownership entry re', 'sweep: EROFS: read-only f'],
    })
  })
  test('of a registry that is a file fails and says so', () => {
    const host = cleanupHost()
    rmSync(host.path(), { recursive: true })
    writeFileSync(host.path(), '')
    expect(onHost(host, '--sweep')).toEqual({
      exit: 1,
      lines: [{ priority: 3, text: `sweep: ${host.path()} is not a directory` }],
      roots: [host.root],
    })
  })
})
