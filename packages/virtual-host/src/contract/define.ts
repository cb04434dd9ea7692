import type { ContractCase } from './lab.ts'
import { Session } from './session.ts'

/** A case that cleans up after itself, also when it fails; the first error is the one that counts. */
export function defineCase(
  name: string,
  needs: ContractCase['needs'],
  body: (session: Session) => Promise<void>,
): ContractCase {
  return {
    name,
    needs,
    async run(lab) {
      const session = new Session(lab)
      const failures: unknown[] = []
      for (const step of [() => body(session), () => session.end()]) {
        try {
          await step()
        } catch (error) {
          failures.push(error)
        }
      }
      if (failures.length > 0) throw failures[0]
    },
  }
}
