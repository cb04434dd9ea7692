import { listControllers } from '@nvmf/controllers'
import { Registry } from '@nvmf/registry-core'

const root = process.argv[2] ?? '/'
const registry = new Registry({ root })
for (const { name, incarnation, transport, state, nqn } of listControllers({ root })) {
  const { owner = '-' } = registry.ownerOf(name, incarnation)
  console.log(name, transport, state, nqn, owner)
}
