/** Calls every method of a registry for nvme0, and prints what each gives, or its error's code. */
import { Registry } from '../src/node/registry.ts'

const registry = new Registry({ root: process.argv[2] ?? '' })
const calls: Readonly<Record<string, () => unknown>> = {
  ownerOf: () => registry.ownerOf('nvme0'),
  entries: () => registry.entries().length,
  unfinished: () => registry.unfinished(),
  entry: () => registry.entry('nvme0')?.state,
  retrieve: () => registry.retrieve('nvme0', 'owner'),
  publish: () => registry.publish('nvme0', 'nbft').outcome,
  claim: () => registry.claim('nvme0', 'me'),
  release: () => registry.release('nvme0', { owner: 'me' }),
  update: () => registry.update('nvme0', 'note', 'x'),
  remove: () => registry.remove('nvme0', 'note'),
  delete: () => registry.delete('nvme0'),
  reap: () => registry.reap('nvme0').outcome,
  sweep: () => registry.sweep().removed.length,
}
const said = Object.entries(calls).map(([name, call]) => {
  try {
    return [name, call() ?? null]
  } catch (error) {
    return [name, (error as { code?: unknown }).code]
  }
})
process.stdout.write(JSON.stringify(Object.fromEntries(said)))
