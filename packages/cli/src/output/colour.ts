/** Select Graphic Rendition codes of ECMA-48, which every terminal that shows colours knows. */
export const BOLD = 1
export const DIM = 2
export const RED = 31
export const GREEN = 32
export const YELLOW = 33

/** For a terminal only: ask {@link Io} first. */
export const painted = (text: string, code: number): string => `\u001b[${code}m${text}\u001b[0m`
