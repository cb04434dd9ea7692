import { parseOwner } from '@nvmf/registry-core'

/** The value of `--owner` where it selects. @throws RegistryError `bad-value` for what is nobody's name: it would select nothing */
export const ownerFilter = (owner: string | undefined): string | undefined =>
  owner === undefined ? undefined : parseOwner(owner)
