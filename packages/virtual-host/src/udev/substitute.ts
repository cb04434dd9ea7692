import { VirtualHostError } from '../errors.ts'
import type { Uevent } from '../kernel/uevent.ts'

const BY_LETTER: Record<string, (event: Uevent, root: string) => string> = {
  k: event => event.kernel,
  n: event => /\d+$/.exec(event.kernel)?.[0] ?? '',
  p: event => event.devpath,
  M: event => event.properties.MAJOR ?? '0',
  m: event => event.properties.MINOR ?? '0',
  N: event => event.properties.DEVNAME ?? '',
  S: (_, root) => `${root}/sys`,
}

const BY_NAME: Record<string, string> = {
  kernel: 'k',
  number: 'n',
  devpath: 'p',
  major: 'M',
  minor: 'm',
  devnode: 'N',
  sys: 'S',
}

const FORMAT = /%%|\$\$|%E\{(\w+)\}|\$env\{(\w+)\}|%([A-Za-z])|\$(\w+)|[%$]/g

/**
 * Replaces udev's format characters (udev(7)): `%k` `%n` `%p` `%M` `%m` `%N` `%S` `%E{KEY}`, their `$names`, and `%%`
 * and `$$` for the characters themselves. With no event it only checks that it knows all of them.
 */
export function substitute(text: string, event: Uevent | undefined, root: string): string {
  return text.replace(FORMAT, (found, env1, env2, letter, name) => {
    if (found === '%%' || found === '$$') return found.slice(1)
    const property = env1 ?? env2
    if (property !== undefined) return event?.properties[property] ?? ''
    const value = BY_LETTER[letter ?? BY_NAME[name] ?? '']
    if (value === undefined) throw new VirtualHostError('bad-rules', `unknown substitution ${found} in "${text}"`)
    return event === undefined ? '' : value(event, root)
  })
}
