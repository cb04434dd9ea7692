import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { incarnationOf, listControllers, openDevice } from '../src/index.ts'

function directory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'nvmf-controllers-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

describe("Node's sysfs", () => {
  test('follows the class link to the directory whose inode is the incarnation', () => {
    const root = directory()
    const device = join(root, 'sys/devices/virtual/nvme-fabrics/ctl/nvme3')
    mkdirSync(device, { recursive: true })
    mkdirSync(join(root, 'sys/class/nvme'), { recursive: true })
    symlinkSync('../../devices/virtual/nvme-fabrics/ctl/nvme3', join(root, 'sys/class/nvme/nvme3'))
    writeFileSync(join(device, 'transport'), 'tcp\n')
    // A directory where an attribute should be cannot be read, and is no reason to fail.
    mkdirSync(join(device, 'state'))
    const incarnation = statSync(device, { bigint: true }).ino.toString()
    expect(listControllers({ root })).toMatchObject([
      { name: 'nvme3', incarnation, transport: 'tcp', state: undefined },
    ])
    expect(listControllers({ root: `${root}/` })).toHaveLength(1)
    expect(incarnationOf('nvme4', { root })).toBeUndefined()
  })

  test('leaves out a link that leads nowhere: a controller that is going', () => {
    const root = directory()
    mkdirSync(join(root, 'sys/class/nvme'), { recursive: true })
    symlinkSync('../../devices/gone', join(root, 'sys/class/nvme/nvme3'))
    expect(listControllers({ root })).toEqual([])
  })
})

describe('openDevice', () => {
  test('keeps to the file that it opened', async () => {
    const path = join(directory(), 'delete_controller')
    writeFileSync(path, '-')
    const file = await openDevice(path, 'w')
    renameSync(path, `${path}.old`)
    writeFileSync(path, '-')
    await file.write('1')
    await file.close()
    await file.close()
    expect([readFileSync(`${path}.old`, 'utf8'), readFileSync(path, 'utf8')]).toEqual(['1', '-'])
  })

  test('says which errno', async () => {
    await expect(openDevice(join(directory(), 'absent'), 'r+')).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('speaks to a simulated kernel, and knows its errnos', async () => {
    const path = join(directory(), 'nvme-fabrics')
    const asked: string[] = []
    const answers = ['{"ok":true}', '{"errno":"EALREADY"}', '{"data":"instance=3,cntlid=1\\n"}']
    const server = createServer(socket => {
      socket.on('data', chunk => {
        asked.push(String(chunk).trim())
        socket.write(`${answers[asked.length - 1]}\n`)
      })
    })
    await new Promise<void>(resolve => server.listen(path, resolve))
    onTestFinished(() => void server.close())
    const file = await openDevice(path, 'r+')
    await expect(file.write('nqn=x')).rejects.toMatchObject({ code: 'EALREADY' })
    expect(await file.read()).toBe('instance=3,cntlid=1\n')
    await file.close()
    expect(asked).toEqual(['{"open":"r+"}', '{"write":"nqn=x"}', '{"read":4096}'])
  })
})
