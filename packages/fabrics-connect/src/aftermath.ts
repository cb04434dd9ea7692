import { FabricsError } from './errors.ts'

/** How a connect ended that its caller did not wait for. */
export type Aftermath =
  /** Nothing is connected: the kernel failed by itself. */
  | { readonly outcome: 'failed'; readonly error: unknown }
  /** The kernel connected `device`; it was taken down again, and was nobody's all the time. */
  | { readonly outcome: 'taken-down'; readonly device: string }
  /** The kernel connected it, and it could not be taken down. */
  | { readonly outcome: 'still-connected'; readonly device: string | undefined; readonly error: FabricsError }

/** Never rejects. */
export function aftermathOf(work: Promise<unknown>): Promise<Aftermath> {
  return work.then(
    // Who has given up is noticed before the controller is anybody's, so this cannot be a success.
    () => ({ outcome: 'failed', error: new Error('connected after all') }),
    (error: unknown) => {
      if (!(error instanceof FabricsError)) return { outcome: 'failed', error }
      const { code, device, stillConnected } = error
      if (stillConnected) return { outcome: 'still-connected', device, error }
      const ours = code === 'interrupted' || code === 'deadline'
      return ours && device !== undefined ? { outcome: 'taken-down', device } : { outcome: 'failed', error }
    },
  )
}
