import { resolve } from 'node:path'
import { prepareImage, withGuest } from '@nvmf/e2e'
import { expect, test } from 'vitest'

const PROGRAM = resolve(import.meta.dirname, '../../virtual-host/dist/contract-on-this-kernel.cjs')

test('the real kernel passes the contract that the virtual host passes', async () => {
  const image = await prepareImage()
  await withGuest(image, async guest => {
    await guest.put(PROGRAM, '/root/contract.cjs')
    const { code, stdout, stderr } = await guest.run('node /root/contract.cjs', { timeoutMs: 300_000 })
    const lines = stdout.trim().split('\n')
    expect(lines.filter(line => line.startsWith('not ok'))).toEqual([])
    // What this machine cannot show is said: a guest without a network has no unreachable address.
    for (const line of lines.filter(each => each.startsWith('skip'))) process.stderr.write(`contract: ${line}\n`)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(Number.parseInt(lines.at(-1) as string, 10)).toBeGreaterThan(40)
  })
})
