import * as fc from 'fast-check'

/** Cases of each property; a run that repeats all tests hundreds of times (mutation/vitest.config.ts) asks for fewer. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 10_000)

/** How a property is refuted, or undefined if it holds in 10,000 cases (or `most`), the same ones in every run. */
export function counterexample<T>(property: fc.IProperty<T>, most: number = RUNS): string | undefined {
  try {
    fc.assert(property, { numRuns: Math.min(RUNS, most), seed: 1 })
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
