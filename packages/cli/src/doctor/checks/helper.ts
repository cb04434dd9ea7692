import { type Check, found, ok } from '../check.ts'
import { HELPER, INSTALL, RULE } from '../names.ts'
import { chosen } from '../override.ts'
import { helperOf } from './rule.ts'

/** A host without a registry: there the helper has nothing to do, and does it. */
const IDLE = ['--root', '/nonexistent', '--sweep']

/** What the rule starts must be there and run on this machine: a static executable of another architecture does not. */
export const helper: Check = ({ host }) => {
  const file = chosen(host, RULE)
  // A packager may have moved it: the rule says where it is.
  const path = (file === undefined || file.masked ? undefined : helperOf(host.read(file.path))) ?? HELPER
  const facts = host.look(path)
  if (facts === undefined) return found('problem', `${path} is missing`, INSTALL)
  if (facts.kind === 'file' && (facts.mode & 0o100) === 0)
    return found('problem', `${path} may not be executed`, `chmod 0755 ${path}`)
  if (!host.here) return ok(`${path} is there; not run, because it is another host's`)
  const trouble = host.run(path, IDLE)
  if (trouble === undefined) return ok(`${path} runs`)
  return found('problem', `${path} does not run: ${trouble}`, `${INSTALL} of this machine's architecture`)
}
