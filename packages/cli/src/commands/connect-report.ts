import type { Connected } from '@nvmf/fabrics-connect'
import type { Context } from '../context.ts'
import { tell } from '../journal/tell.ts'
import { formerOwner } from '../output/former-owner.ts'

type Outcome = Connected['ownership']

/** Who owns the controller now, as far as it is known. */
export function theOwner(ownership: Outcome, wanted: string | undefined): string | undefined {
  switch (ownership.outcome) {
    case 'published':
    case 'already-ours':
    case 'claimed':
    case 'stolen':
      return wanted
    case 'owned':
    case 'unclear':
    case 'untouched':
      return ownership.owner
    default:
      return undefined
  }
}

/** Is the controller whose it was to be? */
export function isAsWanted(ownership: Outcome, wanted: string | undefined): boolean {
  if (wanted === undefined) return true
  return wanted === '' ? ownership.outcome !== 'failed' : theOwner(ownership, wanted) === wanted
}

/** Tells the journal what became of the ownership of a controller that was connected already. */
export function journalSettled(context: Context, device: string, ownership: Outcome, owner: string | undefined): void {
  switch (ownership.outcome) {
    case 'claimed':
      return tell(context, 'claimed', device, { owner })
    case 'stolen':
      return tell(context, 'stolen', device, { owner, from: ownership.from })
    case 'released':
      if (ownership.from !== undefined) tell(context, 'released', device, { owner: ownership.from })
      return
    default:
  }
}

/**
 * Prints a connection, with whatever is remarkable about it.
 * @param told what the kernel was told, secrets left out; undefined: it was not asked
 */
export function show(context: Context, made: Connected, owner: string | undefined, told: string | undefined): void {
  const { device, cntlid, alreadyConnected, ownership, warnings, identity } = made
  const trouble = troubleWith(made)
  const all = trouble === undefined ? warnings : [...warnings, trouble]
  const what = alreadyConnected ? `already connected as ${device}` : `connected ${device}`
  const known = [
    owner === undefined ? [] : `owner ${owner}`,
    ownership.outcome === 'stolen' ? formerOwner(ownership.from) : [],
    context.verbose && cntlid !== undefined ? `cntlid ${cntlid}` : [],
  ].flat()
  context.print(
    {
      device,
      cntlid: cntlid ?? null,
      owner: owner ?? null,
      ownership: ownership.outcome,
      ...formerJson(ownership),
      alreadyConnected,
      hostIdentity: identity,
      options: told ?? null,
      warnings: all,
    },
    [known.length === 0 ? what : `${what} (${known.join(', ')})`],
  )
  noteIdentity(context, identity)
  for (const warning of all) context.note(`warning: ${warning}`)
}

/** Whose it was, if it is not theirs any more; null if that could not be read, as `registry claim` has it. */
function formerJson(ownership: Outcome): { from?: string | null } {
  if (ownership.outcome === 'stolen') return { from: ownership.from ?? null }
  return 'from' in ownership ? { from: ownership.from } : {}
}

/** With -v: under whose name it is connected, if that is remarkable. */
export function noteIdentity(context: Context, identity: Connected['identity']): void {
  if (context.verbose && identity === 'kernel')
    context.note("this host has no NQN of its own, the kernel's is used (see nvmf gen-hostnqn)")
}

function troubleWith({ device, ownership, alreadyConnected }: Connected): string | undefined {
  switch (ownership.outcome) {
    case 'failed':
      return alreadyConnected
        ? `${device}: its ownership could not be changed: ${ownership.error.message}`
        : `${device} is connected, but the registry could not be written: ${ownership.error.message}`
    case 'owned':
      return `${device} is connected, but ${ownership.owner} claimed it first`
    case 'unclear':
      return `${device} has a registry entry that may be a dead predecessor's`
    case 'untouched':
      return ownership.unknown ? `${device}: its owner cannot be read` : undefined
    default:
      return undefined
  }
}
