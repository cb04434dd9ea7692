import { KernelError } from './errno.ts'
import { OPTION_TOKENS } from './option-table.ts'

/** One option as the kernel's tokenizer saw it. */
export interface Token {
  name: string
  text: string
  number: number
}

/** `%d` of lib/parser.c: simple_strtol with base 0, which must consume the whole value. */
const NUMBER = /^-?(?:0x[0-9a-f]+|[0-9]+)$/i

/**
 * Splits a connect string on `,` and newline - there is no quoting, so a value with a comma in it becomes options of
 * its own - and matches each piece against the option table. Text goes up to the first NUL, empty pieces are skipped.
 */
export function* tokenize(text: string): Generator<Token> {
  for (const piece of text.split('\0', 1)[0]?.split(/[,\n]/) ?? []) {
    if (piece === '') continue
    const equals = piece.indexOf('=')
    const name = equals < 0 ? piece : piece.slice(0, equals)
    const value = equals < 0 ? undefined : piece.slice(equals + 1)
    if (!fits(OPTION_TOKENS.get(name), value)) {
      throw new KernelError('EINVAL', `unknown parameter or missing value '${piece}' in ctrl creation request`)
    }
    yield { name, text: value ?? '', number: toInt(value) }
  }
}

function fits(kind: string | undefined, value: string | undefined): boolean {
  if (kind === 'flag') return value === undefined
  if (kind === 'text') return value !== undefined && value !== ''
  return kind === 'number' && value !== undefined && NUMBER.test(value)
}

/** NaN where `match_int` fails: out of the range of an int. */
function toInt(value: string | undefined): number {
  if (value === undefined || !NUMBER.test(value)) return Number.NaN
  const digits = value.replace(/^-/, '')
  const magnitude = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits)
  const number = value.startsWith('-') ? -magnitude : magnitude
  return number >= -(2 ** 31) && number < 2 ** 31 ? number : Number.NaN
}
