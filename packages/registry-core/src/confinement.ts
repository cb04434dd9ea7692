/** What is at a path, a link at its end not followed: what the link says, something else, or nothing. */
export type Look = (path: string) => { readonly link: string } | 'other' | 'nothing'

/** As many links as the kernel follows in one path (MAXSYMLINKS in include/linux/namei.h). */
const MOST_LINKS = 40

/**
 * Gives the path to use in a call: of what `path` leads to, without a link in it.
 *
 * @param last what becomes of a link at the end of the path; `keep` for calls that do not follow one. Default: `follow`
 * @throws errors with a system's `code`: EXDEV for a link that leads out of the root, ELOOP, ENOENT for a missing directory
 * on the way
 */
export type Confine = (path: string, last?: 'follow' | 'keep') => string

/** Is this root the host itself, which confines nothing? */
export const isHostRoot = (root: string): boolean => baseOf(root) === ''

/**
 * Keeps paths below `root`, which may be a tree of another author (an image, a captured `/sys`). As with openat2(2) and
 * RESOLVE_BENEATH an absolute link leads out, and so does one with more `..` than it is deep. Links in `root` itself are
 * followed: the caller named it. A path that does not begin with `root` is given back as it is, and so is every one if
 * `root` is `/`.
 *
 * Names are followed one by one, and not compared after realpath(3): a root such as `/proc/1/root` has no path of its own, and
 * a link out that leads nowhere must not look like a file that is not there.
 *
 * It is no defence against a program that changes the tree between this look and the call that uses the path.
 */
export function confinement(root: string, look: Look): Confine {
  const base = baseOf(root)
  if (base === '') return path => path
  return (path, last = 'follow') => (path.startsWith(`${base}/`) ? resolved(base, path, last, look) : path)
}

const baseOf = (root: string): string => root.replace(/\/+$/, '')

function resolved(base: string, path: string, last: 'follow' | 'keep', look: Look): string {
  const rest = partsOf(path.slice(base.length))
  const done: string[] = []
  let links = 0
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === '..') {
      if (done.pop() === undefined) throw outside(`${path} leads out of ${base}`, path)
      continue
    }
    const here = `${[base, ...done].join('/')}/${name}`
    const found = rest.length === 0 && last === 'keep' ? 'other' : look(here)
    if (found === 'nothing' && rest.length > 0) throw failure('ENOENT', `${here} is not there`, path)
    if (found === 'nothing' || found === 'other') {
      done.push(name)
      continue
    }
    if (found.link.startsWith('/')) throw outside(`${here} is a link that leads out of ${base}`, path)
    if (++links > MOST_LINKS) throw failure('ELOOP', `too many links on the way to ${path}`, path)
    rest.unshift(...partsOf(found.link))
  }
  return [base, ...done].join('/') + (path.endsWith('/') ? '/' : '')
}

const partsOf = (path: string): string[] => path.split('/').filter(part => part !== '' && part !== '.')

const outside = (what: string, path: string): Error =>
  Object.assign(failure('EXDEV', what, path), { reason: 'a link leads out of the root' })

function failure(code: string, what: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code, path })
}
