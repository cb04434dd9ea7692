import { AS_ROOT, OWN_PROC } from '../failure.ts'
import type { Check, Finding, Patient } from './check.ts'
import { announcements } from './checks/announcements.ts'
import { directory } from './checks/directory.ts'
import { entries } from './checks/entries.ts'
import { helper } from './checks/helper.ts'
import { hostIdentity } from './checks/host-identity.ts'
import { initramfs } from './checks/initramfs.ts'
import { libnvmeRule } from './checks/libnvme-rule.ts'
import { moduleLoaded } from './checks/module.ts'
import { rule } from './checks/rule.ts'
import { sweep } from './checks/sweep.ts'
import { udevd } from './checks/udevd.ts'

/** All checks by name, in the order of the report. The names are API. */
const CHECKS: Readonly<Record<string, Check>> = {
  module: moduleLoaded,
  directory,
  rule,
  udevd,
  helper,
  sweep,
  'libnvme-rule': libnvmeRule,
  entries,
  announcements,
  'host-identity': hostIdentity,
  initramfs,
}

export type Report = readonly (Finding & { readonly check: string })[]

/** Looks at everything; what cannot be looked at is a problem, and the rest is looked at all the same. */
export const examine = (patient: Patient): Report =>
  Object.entries(CHECKS).map(([check, look]) => ({ check, ...guarded(look, patient) }))

function guarded(look: Check, patient: Patient): Finding {
  try {
    return look(patient)
  } catch (error) {
    // Only what the system refused: a bug must not pass for a finding.
    if (!(error instanceof Error) || !('code' in error)) throw error
    const remedy = error.code === 'no-proc' ? OWN_PROC : patient.host.asRoot ? undefined : AS_ROOT
    return { state: 'problem', message: error.message, ...(remedy === undefined ? {} : { remedy }) }
  }
}
