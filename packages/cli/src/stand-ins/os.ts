import { load } from '../node/load.ts'

/** Stands in for node:os in the built file: only a connect through an interface needs it. */
export const networkInterfaces: typeof import('node:os').networkInterfaces = () => load.os().networkInterfaces()
