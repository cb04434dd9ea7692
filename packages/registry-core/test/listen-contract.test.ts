import net from 'node:net'
import { describe, expect, test } from 'vitest'
import { MemoryFs } from '../proof/memory-fs.ts'
import { announcingSys, ListenError } from '../src/node/announcing-sys.ts'
import { scratch } from './host.ts'
import { listen } from './sys-contract/listen.ts'

describe('listening, through Node', () => {
  test.each(listen)('$name', ({ run }) => {
    expect.hasAssertions()
    run(announcingSys(net, '/', new Set()), scratch())
  })

  test('says later for which errno it failed', async () => {
    const sys = announcingSys(net, '/', new Set())
    let error: unknown
    try {
      sys.listen(`${scratch()}/missing/alive`)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(ListenError)
    expect(await (error as ListenError).reason).toMatchObject({ code: 'EACCES', syscall: 'listen' })
  })

  test('holds unless the announcement is known to have ended', () => {
    const sys = announcingSys(net, '/', new Set(['connecting.1']))
    expect([sys.holds('/x/connecting.1/alive'), sys.holds('/x/connecting.2/alive')]).toEqual([false, true])
  })
})

const memory = () => {
  const fs = new MemoryFs()
  const sys = fs.sysFor('tester', () => 'token')
  sys.mkdir('/dir', 0o755)
  return { fs, sys }
}

describe("listening, in the explorer's memory", () => {
  test.each(listen)('$name', ({ run }) => {
    expect.hasAssertions()
    run(memory().sys, '/dir')
  })

  test('holds until the process closes it or ends; what is not there, or no socket, does not', () => {
    const { fs, sys } = memory()
    const other = fs.sysFor('other', () => 'token')
    const fd = sys.listen('/dir/a')
    sys.listen('/dir/b')
    sys.writeFile('/dir/file', new Uint8Array(1), 0o644)
    const held = (): boolean[] => ['a', 'b', 'file', 'missing'].map(name => other.holds(`/dir/${name}`))
    expect(held()).toEqual([true, true, false, false])
    sys.close(fd)
    expect(held()).toEqual([false, true, false, false])
    fs.closeAll('tester')
    expect(held()).toEqual([false, false, false, false])
  })
})
