import { connectCases } from './connect-cases.ts'
import type { ContractCase, Lab } from './lab.ts'
import { lifetimeCases } from './lifetime-cases.ts'

export type { ContractCase, DeviceHandle, Lab, OpenDevice } from './lab.ts'

/**
 * The kernel facts that the product relies on, as checks: run against the virtual host in the unit tests, and against
 * a real kernel with nvmet in a virtual machine, so that the two cannot drift apart unnoticed.
 */
export const contractCases: readonly ContractCase[] = [...connectCases, ...lifetimeCases]

/** Can this lab run the case? */
export function isRunnable({ needs }: ContractCase, { capabilities }: Lab): boolean {
  return needs.every(need => Boolean(capabilities[need]))
}
