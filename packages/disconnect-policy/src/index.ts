export type { BeingConnected } from './being-connected.ts'
export {
  type Declared,
  type ExecuteOptions,
  type ExecutePorts,
  execute,
  JOBS,
  type Outcome,
  type Result,
} from './execute.ts'
export type { Namespace, Path, Use } from './guard.ts'
export type { HostFiles } from './host-files.ts'
export { type HostOptions, readNamespaces } from './namespaces.ts'
export { ownThreads } from './node/own-threads.ts'
export { type Host, type Plan, plan, type Reason, type Step } from './plan.ts'
export { executePorts } from './ports.ts'
export { announcedAt, readHost } from './read-host.ts'
export type { Filter, Request } from './request.ts'
