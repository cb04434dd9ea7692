import { type Check, type Finding, found, ok } from '../check.ts'
import type { Host } from '../host.ts'
import { REGISTRY, RUN } from '../names.ts'

const WRITABLE = "mount it read-write; in a container, the host's /run/nvme"

/** The registry must be root's to write, on a file system that lets it, and everybody's to read. */
export const directory: Check = ({ host }) => {
  const owner = host.look('/')?.uid
  for (const path of [RUN, REGISTRY]) {
    const trouble = troubleWith(host, path, owner)
    if (trouble !== undefined) return trouble
  }
  const nearest = [REGISTRY, RUN, '/run'].find(path => host.look(path) !== undefined)
  if (nearest !== undefined && host.readOnly(nearest))
    return found('problem', `${nearest} is mounted read-only`, WRITABLE)
  return ok(host.look(REGISTRY) === undefined ? `${REGISTRY} is made with the first entry` : `${REGISTRY} is in order`)
}

function troubleWith(host: Host, path: string, owner: number | undefined): Finding | undefined {
  const facts = host.look(path)
  if (facts === undefined) return undefined
  if (facts.kind !== 'directory') return found('problem', `${path} is not a directory`, `rm ${path}`)
  if (facts.uid !== owner) return found('problem', `${path} belongs to user ${facts.uid}`, `chown root:root ${path}`)
  const mode = facts.mode.toString(8).padStart(4, '0')
  if ((facts.mode & 0o022) !== 0)
    return found('problem', `others may write ${path} (mode ${mode})`, `chmod 0755 ${path}`)
  if ((facts.mode & 0o555) !== 0o555)
    return found('warning', `not everybody may read ${path} (mode ${mode})`, `chmod 0755 ${path}`)
  return undefined
}
