import { load } from '../node/load.ts'

/** Stands in for node:crypto in the built file: it takes a fifth of a start to load, and only new identities need it. */
export const randomUUID: typeof import('node:crypto').randomUUID = options => load.crypto().randomUUID(options)
