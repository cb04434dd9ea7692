import { FabricsError } from './errors.ts'
import type { Left } from './left.ts'

/** How a connect ended that its caller did not wait for. */
export type Aftermath =
  /** Nothing is connected: the kernel failed by itself, or the controller went away by itself (`error.code` is `gone`). */
  | { readonly outcome: 'failed'; readonly error: unknown }
  /** The kernel connected `device`; it was unowned or the caller's owner's, and unused, and was taken down again. */
  | { readonly outcome: 'taken-down'; readonly device: string }
  /** The kernel connected it, and it stays: another owner has it, it is in use, or that cannot be told. */
  | ({ readonly outcome: 'left'; readonly device: string; readonly error: FabricsError } & Left)
  /** The kernel connected it, and it could not be taken down, or the kernel did not say which it is. */
  | { readonly outcome: 'still-connected'; readonly device: string | undefined; readonly error: FabricsError }

/** Never rejects. */
export function aftermathOf(work: Promise<unknown>): Promise<Aftermath> {
  return work.then(
    // That the caller gave up is noticed before an owner is recorded, so this cannot be a success.
    () => ({ outcome: 'failed', error: new Error('connected after all') }),
    (error: unknown) => {
      if (!(error instanceof FabricsError)) return { outcome: 'failed', error }
      const { code, device, stillConnected, left } = error
      if (left !== undefined && device !== undefined) return { outcome: 'left', device, error, ...left }
      if (stillConnected) return { outcome: 'still-connected', device, error }
      const ours = code === 'interrupted' || code === 'deadline'
      return ours && device !== undefined ? { outcome: 'taken-down', device } : { outcome: 'failed', error }
    },
  )
}
