import type { FileFacts, Host } from './host.ts'

/** udev(7), systemd.unit(5): of files with one name, the first of these directories has the one that counts. */
const BEFORE = ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'] as const

export interface Chosen {
  readonly path: string
  readonly facts: FileFacts
  /** Switched off: an empty file, or a link to /dev/null. */
  readonly masked: boolean
}

/** The file that counts for udevd or systemd. @param below `udev/rules.d/70-x.rules` */
export function chosen(host: Host, below: string): Chosen | undefined {
  for (const directory of BEFORE) {
    const path = `${directory}/${below}`
    const facts = host.look(path)
    if (facts === undefined) continue
    const masked = facts.kind === 'link' ? facts.target === '/dev/null' : facts.kind === 'file' && facts.size === 0
    return { path, facts, masked }
  }
  return undefined
}
