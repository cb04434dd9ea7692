import * as fc from 'fast-check'

/** How a property is refuted, or undefined if it holds in 10,000 cases, the same ones in every run. */
export function counterexample<T>(property: fc.IProperty<T>): string | undefined {
  try {
    fc.assert(property, { numRuns: 10_000, seed: 1 })
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
