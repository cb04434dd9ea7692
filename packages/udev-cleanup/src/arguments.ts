import { isDevice } from '@nvmf/registry-core/protocol'

/** What the helper was asked to do: to handle an event, to sweep, or to pass records on to the journal. */
export type CleanupRequest =
  | { readonly root: string; readonly device: string; readonly seqnum: string }
  | { readonly root: string; readonly sweep: true }
  | { readonly root: string; readonly journal: true }
  | { readonly root: string; readonly problem: string }

const USAGE = 'usage: nvmf-registry-cleanup [--root DIR] nvmeN (with SEQNUM in the environment), --sweep or --journal'

/** Parsed by hand: the helper has no dependency, and three forms to tell apart. */
export function parseArguments(args: readonly string[], seqnum: string | undefined): CleanupRequest {
  const rest = [...args]
  let root = '/'
  const at = rest.indexOf('--root')
  if (at >= 0) {
    const [, value] = rest.splice(at, 2)
    if (value === undefined || !value.startsWith('/'))
      return { root: '/', problem: `--root wants an absolute path; ${USAGE}` }
    root = value
  }
  const [what] = rest
  if (what === undefined || rest.length > 1)
    return { root, problem: `one device, --sweep or --journal is wanted, not ${rest.length} arguments; ${USAGE}` }
  if (what === '--sweep') return { root, sweep: true }
  if (what === '--journal') return { root, journal: true }
  if (!isDevice(what)) return { root, problem: `${JSON.stringify(what)} is not a controller's name; ${USAGE}` }
  if (seqnum === undefined) return { root, problem: `${what}: no SEQNUM in the environment; ${USAGE}` }
  if (!/^[0-9]{1,20}$/.test(seqnum))
    return { root, problem: `${what}: SEQNUM ${JSON.stringify(seqnum)} is not a number` }
  return { root, device: what, seqnum }
}
