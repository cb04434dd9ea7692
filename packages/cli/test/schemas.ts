import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { wordsOf } from '../src/commands/index.ts'

const SCHEMAS = resolve(import.meta.dirname, '../../../docs/schemas')
const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true })
const compiled = new Map<string, ValidateFunction>()

/** What a command prints with `-o json`, if it is not what its own name says. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  connect: ['connect', 'connect-dry-run'],
  'disconnect-all': ['disconnect'],
  'registry-update': ['registry-update', 'registry-claim'],
  'registry-delete': ['registry-delete', 'registry-release'],
}

/** Throws if a command line with `-o json` printed anything that docs/schemas does not describe. */
export function checkJson(args: readonly string[], { stdout, stderr }: { stdout: string; stderr: string }): void {
  const formats = args.filter((_, i) => args[i - 1] === '-o')
  if (formats.at(-1) !== 'json') return
  for (const line of stdout.split('\n').filter(text => text !== '')) check(line, schemasOf(args))
  for (const line of stderr.split('\n').filter(text => text !== '')) check(line, ['error'])
}

function schemasOf(args: readonly string[]): readonly string[] {
  const [command = 'completion', subcommand] = wordsOf(args)
  const name = command === 'registry' ? `registry-${subcommand}` : command
  return OTHERS[name] ?? [name]
}

function check(line: string, schemas: readonly string[]): void {
  const json: unknown = JSON.parse(line)
  const errors = schemas.map(name => {
    const validate = validatorOf(name)
    return validate(json) ? undefined : `${name}.json: ${ajv.errorsText(validate.errors)}`
  })
  if (!errors.includes(undefined)) throw new Error(`${errors.join('; ')}: ${line}`)
}

/** A program may meet fields that its schema does not know; here each one that we print must be described. */
export const strict = (part: unknown): unknown => {
  if (Array.isArray(part)) return part.map(strict)
  if (part === null || typeof part !== 'object') return part
  const inner = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, strict(value)]))
  return 'properties' in part ? { ...inner, additionalProperties: false } : inner
}

function validatorOf(name: string): ValidateFunction {
  const known = compiled.get(name)
  if (known !== undefined) return known
  const schema = JSON.parse(readFileSync(join(SCHEMAS, `${name}.json`), 'utf8')) as object
  const made = ajv.compile(strict(schema) as object)
  compiled.set(name, made)
  return made
}
