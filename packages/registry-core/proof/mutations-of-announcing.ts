import { connectingText } from '../src/announcement-text.ts'
import { announce, withdraw } from '../src/protocol/announce.ts'
import { announced } from '../src/protocol/announcements.ts'
import { publish } from '../src/protocol/publish.ts'
import type { Announced, Ownership } from '../src/types.ts'
import type { Program } from './actor.ts'
import { declare, diskOf, lookOf, takes, takesPath } from './announcing.ts'
import { LAYOUT } from './invariants.ts'
import type { Mutation } from './mutations.ts'
import { DEVICE } from './world.ts'

/** Ways to announce, and to look at announcements, in the wrong order or not at all. */

const WHAT = connectingText({ owner: 'stas', transport: 'tcp' })

/** Announces a connect when the kernel has made the controller. */
export const announcesTooLate: Program = sys => {
  sys.connect()
  const own = announce(sys, LAYOUT, 'connecting', WHAT)
  const published = publish(sys, LAYOUT, DEVICE, 'stas')
  sys.unpin()
  withdraw(sys, LAYOUT, own)
  return published
}

/** Withdraws the announcement before the owner is recorded. */
export const withdrawsTooEarly: Program = sys => {
  const own = announce(sys, LAYOUT, 'connecting', WHAT)
  sys.connect()
  withdraw(sys, LAYOUT, own)
  const published = publish(sys, LAYOUT, DEVICE, 'stas')
  sys.unpin()
  return published
}

/** Reads the owner before the announcements. */
export const ownerFirst: Program = sys => {
  const look = lookOf(sys, [])
  let owner: Ownership = { state: 'unknown', reason: 'not read yet' }
  return takes(
    sys,
    {
      announced: () => {
        owner = look.ownerOf(DEVICE, sys.holdDelete() ?? '')
        return look.announced()
      },
      ownerOf: () => owner,
      namespacesOf: () => [],
    },
    DEVICE,
  )
}

/** Looks at the owner only. */
export const ignoresConnects: Program = sys =>
  takes(sys, { ...lookOf(sys, []), announced: () => NONE, namespacesOf: () => [] }, DEVICE)

const NONE: Announced = { connecting: [], leaving: [] }

/** Looks at what others have declared before it declares. */
export const looksBeforeItDeclares: Program = sys =>
  takesPath(sys, DEVICE, (_sys, incarnations) => {
    const seen = announced(sys, LAYOUT, new Map())
    return { own: declare(sys, incarnations).own, others: () => seen }
  })

/** Does not count what others have declared. */
export const ignoresDeclarations: Program = sys =>
  takesPath(sys, DEVICE, (_sys, incarnations) => ({ ...declare(sys, incarnations), others: () => NONE }))

/** Reads the paths before the announcements. */
export const pathsFirst: Program = sys =>
  takesPath(
    sys,
    DEVICE,
    (_sys, incarnations) => {
      const { own, others } = declare(sys, incarnations)
      return {
        own,
        others: () => {
          paths = diskOf(sys)
          return others()
        },
      }
    },
    () => paths,
  )
let paths: ReturnType<typeof diskOf> = []

/** Takes every announcement for one of a process that has ended. */
export const everyAnnouncementHasEnded: Mutation = sys => ({ ...sys, holds: () => false })

/** Makes an announcement under the name of a complete one. */
export const announcesInTheOpen: Mutation = sys => ({
  ...sys,
  mkdir: (path, mode) => sys.mkdir(inPlace(path), mode),
  openDir: path => sys.openDir(inPlace(path)),
  rename: (from, to) => (inPlace(from) === from ? sys.rename(from, to) : undefined),
})

const inPlace = (path: string): string => path.replace('/.announced/new.', '/.announced/leaving.')
