import { rmSync } from 'node:fs'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type FakeHost, fakeHost } from '../host.ts'
import { commands } from './commands.ts'
import { Oracle } from './oracle.ts'

const SEED = 20_261_122
const SEQUENCES = 100

test('long random command sequences agree with plain maps after every command', { timeout: 120_000 }, () => {
  const hosts: FakeHost[] = []
  let ran = 0
  try {
    fc.assert(
      fc.property(fc.commands(commands, { maxCommands: 100, size: 'max' }), sequence => {
        fc.modelRun(() => {
          const real = fakeHost({ keep: true })
          hosts.push(real)
          const model = new Oracle()
          model.seqnum = real.seqnum()
          return { model, real }
        }, sequence)
        ran += [...sequence].length
      }),
      { seed: SEED, numRuns: SEQUENCES },
    )
  } finally {
    for (const { root } of hosts) rmSync(root, { recursive: true })
    process.stdout.write(`model: seed ${SEED}, ${SEQUENCES} sequences, ${ran} commands\n`)
  }
  expect(ran).toBeGreaterThan(SEQUENCES)
})
