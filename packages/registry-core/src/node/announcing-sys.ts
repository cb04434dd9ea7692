import type * as Net from 'node:net'
import type { AnnouncingSys } from '../announcing-sys.ts'
import { confinedSys } from '../confined-sys.ts'
import type { Fd } from '../sys.ts'
import { nodeLook } from './confinement.ts'
import { nodeSys } from './sys.ts'

/**
 * {@link AnnouncingSys} on Node. Node tells only later how a connect(2) has ended, so {@link AnnouncingSys.holds} answers
 * from `ended`, the names of announcements whose socket was asked before and does not listen.
 */
export function announcingSys(net: typeof Net, root: string, ended: ReadonlySet<string>): AnnouncingSys {
  const sys = confinedSys(nodeSys(), root, nodeLook)
  const listening = new Map<Fd, Net.Server>()
  // Numbers that no descriptor has.
  let last: Fd = -1
  return {
    ...sys,
    listen: path => {
      const server = net.createServer(socket => socket.destroy())
      const refused = new Promise<unknown>(resolve => server.once('error', resolve))
      // `exclusive`: a worker of node:cluster would have its primary listen, which may live longer.
      server.listen({ path, exclusive: true })
      if (!server.listening) throw new ListenError(path, refused)
      // What comes later, such as EMFILE of an accept(2), does not end the listening.
      server.on('error', () => {})
      server.unref()
      listening.set(--last, server)
      return last
    },
    close: fd => {
      const server = listening.get(fd)
      if (server === undefined) return sys.close(fd)
      listening.delete(fd)
      server.close()
    },
    holds: path => !ended.has(path.split('/').at(-2) as string),
  }
}

/** Node binds and listens at once, but gives the errno of it later: `reason`. */
export class ListenError extends Error {
  readonly code = 'EIO'
  readonly reason: Promise<unknown>
  constructor(path: string, reason: Promise<unknown>) {
    super(`EIO: listen '${path}'`)
    this.reason = reason
  }
}
