import { widthOf } from './width.ts'

/** A text as lines of at most so many columns, broken between words; a word that is wider has a line of its own. */
export function folded(text: string, columns: number): string[] {
  const [first = '', ...words] = text.split(' ')
  const lines = [first]
  for (const word of words) {
    const longer = `${lines.at(-1)} ${word}`
    if (widthOf(longer) <= columns) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}
