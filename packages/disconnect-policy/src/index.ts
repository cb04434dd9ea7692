export { CONCURRENCY, type ExecutePorts, execute, executePorts, type Outcome, type Result } from './execute.ts'
export { type Plan, plan, type Reason, type Request, type Step } from './plan.ts'
