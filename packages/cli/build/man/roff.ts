/** Text as roff shows it: what it would take for a command or an escape is spelled out. */
export function roff(text: string): string {
  const escaped = text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll("'", '\\(aq').replaceAll('`', '\\(ga')
  // A line that begins with a dot would be a request.
  return escaped.replace(/^\./gm, '\\&.').replaceAll('~', '\\(ti').replaceAll('^', '\\(ha')
}

/** An argument of a macro: one, whatever is in it. */
export const quoted = (text: string): string => `"${text.replaceAll('"', '\\(dq')}"`

/** Lines of at most 78 characters, as roff's own tools like them; a line that came out with a dot in front is text too. */
export function wrapped(text: string): string {
  const lines = ['']
  for (const word of text.split(' ')) {
    const last = lines.at(-1) as string
    if (last !== '' && last.length + 1 + word.length > 78) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines.map(line => line.replace(/^\./, '\\&.')).join('\n')
}

/** `**bold**`, `_italic_` and `` `literal` `` in a line of text. */
export function inline(text: string): string {
  const parts = text.split(/(`[^`]+`|\*\*[^*]+\*\*|\b_[^_]+_\b)/).map((part, i) => {
    if (i % 2 === 0) return roff(part)
    if (part.startsWith('**')) return `\\fB${roff(part.slice(2, -2))}\\fR`
    return part.startsWith('_') ? `\\fI${roff(part.slice(1, -1))}\\fR` : `\\fB${roff(part.slice(1, -1))}\\fR`
  })
  return wrapped(parts.join(''))
}
