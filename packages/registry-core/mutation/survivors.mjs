/**
 * The mutants that no test can tell from what we ship, and why. `line` is the beginning of the source line, `becomes` what
 * the mutant makes of its part; without `becomes`, every mutant of that line that survives is meant.
 */
export const SURVIVORS = []
