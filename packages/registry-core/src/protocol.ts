/**
 * The clean-up's half of the protocol for any ECMAScript runtime: bring a {@link ReapSys} of your own.
 * `@nvmf/udev-cleanup` compiles it with QuickJS; everybody else wants `Registry`.
 */
export { confinedReapSys } from './confined-sys.ts'
export { type Confine, confinement, type Look } from './confinement.ts'
export { isRegistryError, noProc, RegistryError, type RegistryErrorCode } from './errors.ts'
export { type Layout, layoutBelow } from './layout.ts'
export { isDevice } from './names.ts'
export { registryNames } from './protocol/read.ts'
export { reap } from './protocol/reap.ts'
export { sweep } from './protocol/sweep.ts'
export { errnoOf, type Fd, type FileInfo, type FileRead, type ReapSys } from './sys.ts'
export type { DeadReason, KeptReason, Reaped, Swept } from './types.ts'
export { decodeUtf8, encodeUtf8 } from './utf8.ts'
