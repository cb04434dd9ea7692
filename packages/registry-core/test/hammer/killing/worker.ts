import { writeSync } from 'node:fs'
import { isRegistryError } from '../../../src/errors.ts'
import { Announcements } from '../../../src/node/announcements.ts'
import { nodeSys } from '../../../src/node/sys.ts'
import { Registry } from '../../../src/registry.ts'
import { choose, type Doer, perform } from './deeds.ts'
import { DEVICES } from './devices.ts'
import { type Deed, Log, type Result } from './records.ts'

/**
 * One process of the run: `worker ROLE NUMBER ROOT LOG [DEVICE...]`. Says "ready", and then does one thing after another until
 * it is killed; it ends by itself when it has done many. `checker` and `last` do their list, and end.
 */
const [role = '', number = '', root = '', path = '', ...devices] = process.argv.slice(2)
const MANY = 5000

const worker = Number(number)
const log = new Log(path)
const registry = new Registry(nodeSys(), root)
let deeds = 0

const begin = (deed: Deed): number => {
  log.add(['begin', worker, ++deeds, deed])
  return deeds
}

/** Puts a deed on record, does it, and puts on record what came of it. */
function doing(deed: Deed): void {
  const n = begin(deed)
  try {
    log.add(['end', worker, n, { value: perform(registry, root, deed) }])
  } catch (error) {
    log.add(['end', worker, n, failure(error)])
  }
}

async function awaiting<T>(deed: Deed, act: () => Promise<T>, told: (value: T) => unknown): Promise<T> {
  const n = begin(deed)
  try {
    const value = await act()
    log.add(['end', worker, n, { value: told(value) }])
    return value
  } catch (error) {
    log.add(['end', worker, n, failure(error)])
    throw error
  }
}

function failure(error: unknown): Result {
  if (!isRegistryError(error))
    return { broken: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  const { code, owner, message } = error
  return { code, message, ...(owner === undefined ? {} : { owner }) }
}

const fresh = (): string => `w${worker}.${deeds + 1}`

function anything(doer: Doer): void {
  for (let i = 0; i < MANY; i++) doing(choose(registry, root, doer, DEVICES, fresh()))
}

async function announcer(): Promise<void> {
  const announcements = new Announcements({ root })
  for (let i = 0; i < MANY; i++) {
    // A connect is announced with an owner, what is leaving with an incarnation, which is a number.
    const value = i % 2 === 0 ? fresh() : `${worker}${String(deeds).padStart(6, '0')}`
    const made = await awaiting(
      { act: 'announce', device: '', value },
      () =>
        i % 2 === 0 ? announcements.connecting({ owner: value }) : announcements.leaving(new Map([['nvme0', value]])),
      ({ name }) => name,
    )
    await awaiting(
      { act: 'announced', device: '' },
      () => seen(announcements),
      names => names,
    )
    await awaiting(
      { act: 'withdraw', device: '', value },
      async () => made.withdraw(),
      () => null,
    )
    if (i % 8 === 0)
      await awaiting(
        { act: 'clear', device: '' },
        () => announcements.clear(),
        names => names,
      )
  }
}

async function seen(announcements: Announcements): Promise<(string | null)[]> {
  await announcements.probe()
  const { connecting, leaving } = announcements.announced()
  return [...connecting.map(what => what?.owner ?? null), ...leaving.map(what => what?.get('nvme0') ?? null)]
}

/** Nothing is in the way of a process that comes new; and what was said to be done is there. */
function checker(): void {
  for (const device of devices) {
    doing({ act: 'ownerOf', device })
    doing({ act: 'claim', steal: true, device, value: fresh() })
    doing({ act: 'retrieve', device })
    doing({ act: 'release', device })
    doing({ act: 'update', device, value: fresh() })
    doing({ act: 'delete', device })
    // What is there when the next ones begin: an owner, an entry without one, or one that was deleted.
    const next = Math.random()
    if (next > 0.3) doing({ act: 'claim', steal: true, device, value: fresh() })
    else if (next > 0.15) doing({ act: 'update', device, value: fresh() })
    doing({ act: 'ownerOf', device })
    doing({ act: 'retrieve', device })
  }
}

/** All removals of what is not there are handled, and one sweep. */
async function last(): Promise<void> {
  for (const device of DEVICES) if (!devices.includes(device)) doing({ act: 'reap', device })
  doing({ act: 'sweep', device: '' })
  const announcements = new Announcements({ root })
  await awaiting(
    { act: 'clear', device: '' },
    () => announcements.clear(),
    names => names,
  )
}

const ROLES: Readonly<Record<string, () => void | Promise<void>>> = {
  holder: () => anything('holder'),
  cleaner: () => anything('cleaner'),
  announcer,
  checker,
  last,
}

writeSync(1, 'ready\n')
try {
  await ROLES[role]?.()
} catch (error) {
  log.add(['end', worker, begin({ act: role, device: '' }), failure(error)])
}
