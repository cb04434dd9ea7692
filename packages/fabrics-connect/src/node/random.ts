import { randomUUID } from 'node:crypto'

/** A version 4 UUID. */
export const randomUuid = (): string => randomUUID()
