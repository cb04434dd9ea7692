import { VirtualHostError } from '../errors.ts'
import { substitute } from './substitute.ts'

/** One `KEY op "value"` of a rule. */
export interface RuleItem {
  key: 'ACTION' | 'SUBSYSTEM' | 'KERNEL' | 'ENV' | 'TEST' | 'RUN'
  /** The property of ENV{...}. */
  attribute: string | undefined
  operator: '==' | '!=' | '+='
  value: string
}

/** One line of a rules file, continuations joined. */
export interface Rule {
  /** `file:line`, for messages. */
  where: string
  items: RuleItem[]
}

const ITEM = /^([A-Z]+)(?:\{([^}]*)\})?\s*(==|!=|\+=|-=|:=|=)\s*"((?:\\"|[^"])*)"[,\s]*/
const MATCHES = ['ACTION', 'SUBSYSTEM', 'KERNEL', 'ENV', 'TEST']

/**
 * Parses udev rules (udev(7)): match keys ACTION SUBSYSTEM KERNEL ENV{} TEST with `==` and `!=`, and RUN with `+=`.
 * Anything else is an error: a rule that is silently not applied would make every test of it pass.
 */
export function parseRules(text: string, file: string): Rule[] {
  return joinLines(text).map(({ line, number }) => {
    const where = `${file}:${number}`
    const items: RuleItem[] = []
    let rest = line
    while (rest !== '') {
      const found = ITEM.exec(rest)
      if (found === null) throw new VirtualHostError('bad-rules', `${where}: cannot parse: ${rest}`)
      items.push(itemOf(found, where))
      rest = rest.slice(found[0].length)
    }
    return { where, items }
  })
}

function itemOf([, key = '', attribute, operator = '', quoted = '']: RegExpExecArray, where: string): RuleItem {
  const value = quoted.replaceAll('\\"', '"')
  const refuse = (why: string): never => {
    throw new VirtualHostError('bad-rules', `${where}: ${why}`)
  }
  const known = MATCHES.includes(key) ? operator === '==' || operator === '!=' : key === 'RUN' && operator === '+='
  if (!known) refuse(`this udevd does not know ${key}${operator}`)
  if ((attribute !== undefined) !== (key === 'ENV') && !(key === 'RUN' && attribute === 'program')) {
    refuse(`this udevd does not know ${key} with ${attribute === undefined ? 'no' : `the`} attribute`)
  }
  if (key === 'TEST' && /[*?[]/.test(value)) refuse('this udevd does not know a pattern in TEST')
  if (key === 'TEST' && !value.startsWith('/')) refuse('this udevd knows absolute paths in TEST only')
  if (key === 'TEST' || key === 'RUN') {
    try {
      substitute(value, undefined, '')
    } catch (error) {
      refuse((error as Error).message)
    }
  }
  return { key, attribute, operator, value } as RuleItem
}

/** Comments and empty lines go, also between continued lines; `\` at the end of a line continues it. */
function joinLines(text: string): Array<{ line: string; number: number }> {
  const joined: Array<{ line: string; number: number }> = []
  let open: { line: string; number: number } | undefined
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line.startsWith('#') || (line === '' && open === undefined)) continue
    const continues = line.endsWith('\\')
    open ??= { line: '', number: index + 1 }
    open.line += continues ? line.slice(0, -1) : line
    if (continues) continue
    joined.push(open)
    open = undefined
  }
  if (open !== undefined) joined.push(open)
  return joined.filter(({ line }) => line !== '')
}
