import { Announcements } from '@nvmf/registry-core'
import { type AnnouncementFacts, type Check, found, ok } from '../check.ts'
import { REGISTRY } from '../names.ts'

/** Names left-overs of announcements, which do no harm, and announcements that are not understood, which keep all controllers connected. */
export const announcements: Check = ({ announcements: facts }) => {
  if (facts instanceof Error) throw facts
  if (facts.unreadable) {
    const message = 'a process has announced what cannot be read, so disconnect-all leaves every controller'
    return found('warning', message, `see ${REGISTRY}/.announced; ss -xlp shows the process that listens there`)
  }
  const { leftovers } = facts
  if (leftovers.length === 0) return ok('no announcement is left over')
  return found('note', `left over from processes that have ended: ${leftovers.join(', ')}`, 'nvmf registry gc')
}

/** Asks the announcements' sockets, which takes a moment: before the checks, which do not wait. */
export async function announcementFacts(root: string): Promise<AnnouncementFacts | Error> {
  const all = new Announcements({ root })
  try {
    const leftovers = await all.leftovers()
    const { connecting, leaving } = all.announced()
    return { leftovers, unreadable: [...connecting, ...leaving].includes(undefined) }
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  }
}
