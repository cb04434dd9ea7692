import type { ConnectOptions } from './connect.ts'
import { FabricsError } from './errors.ts'
import { isLine, utf8Length } from './formats.ts'

/** docs/registry-format.md: a value is one line of at most so many bytes. */
const OWNER_BYTES = 4096

/** What is asked for about ownership, checked before anything is connected. @throws FabricsError `bad-option` */
export function checkOwnership({ owner, steal, requireOwner }: ConnectOptions): void {
  const named = owner !== undefined && owner !== ''
  if (requireOwner && !named) throw bad('is required')
  if (steal && !named) throw bad('is required to steal')
  if (owner === undefined) return
  if (utf8Length(owner) > OWNER_BYTES) throw bad(`must not be longer than ${OWNER_BYTES} bytes`)
  if (!isLine(owner)) throw bad('must be one line without control characters')
}

const bad = (why: string): FabricsError => new FabricsError('bad-option', `owner: ${why}`, { option: 'owner' })
