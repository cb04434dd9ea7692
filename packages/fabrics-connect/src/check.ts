import { fcAddress } from '@nvmf/controllers'
import { FabricsError } from './errors.ts'
import { whyNot, whyNotText } from './formats.ts'
import {
  type ConnectRequest,
  DISCOVERY_NQN,
  type OptionKey,
  type OptionSpec,
  optionTable,
  TRANSPORTS,
  type Transport,
} from './options.ts'
import { type Family, whyNoSource, whyNoTarget } from './transport-address.ts'

const SERIAL_MAX = 2 ** 31 - 1

/** Checked values by field; an option that is not given, or given as "kernel default", is not in it. */
export type Values = Map<OptionKey, string | number | true>

/** A checked request. */
export interface Checked {
  readonly transport: Transport
  /** The connection is to a discovery controller. */
  readonly discovery: boolean
  readonly values: Values
}

const bad = (option: string, why: string): FabricsError =>
  new FabricsError('bad-option', `${option}: ${why}`, { option })

/**
 * Checks a request without touching anything: what passes cannot smuggle a second option into the kernel's string, and
 * what the kernel is known to refuse is named here instead of ending as an EINVAL.
 *
 * @throws FabricsError `bad-option`
 */
export function check(request: ConnectRequest): Checked {
  const values: Values = new Map()
  for (const spec of optionTable) {
    const value = checkValue(spec, normal(spec, request))
    if (value !== undefined) values.set(spec.key, value)
  }
  if (!values.has('transport')) throw bad('transport', 'is required')
  const transport = TRANSPORTS.find(name => name === values.get('transport'))
  if (transport === undefined)
    throw bad('transport', `must be one of ${TRANSPORTS.join(', ')}, not ${JSON.stringify(values.get('transport'))}`)
  checkAddresses(values, transport, request.family)
  checkTogether(values, transport)
  return { transport, values, discovery: values.get('nqn') === DISCOVERY_NQN || values.has('discovery') }
}

/** FC addresses get the kernel's spelling before anything else: a discovery log has a comma in the middle. */
function normal({ key }: { readonly key: OptionKey }, request: ConnectRequest): unknown {
  const value = request[key]
  if (request.transport !== 'fc' || (key !== 'traddr' && key !== 'hostTraddr') || typeof value !== 'string')
    return value
  return fcAddress(value) ?? value
}

function checkValue(spec: OptionSpec, value: unknown): string | number | true | undefined {
  if (value === undefined) return undefined
  switch (spec.type) {
    case 'flag':
      if (typeof value !== 'boolean') throw bad(spec.token, 'takes no value')
      return value || undefined
    case 'text':
      return checkText(spec, value)
    case 'number':
      checkRange(spec.token, value, spec.range ?? [0, SERIAL_MAX], spec.unset)
      return value === spec.unset ? undefined : (value as number)
    case 'serial':
      checkRange(spec.token, value, [1, SERIAL_MAX])
      return value as number
  }
}

function checkText({ token, format }: OptionSpec, value: unknown): string | undefined {
  if (typeof value !== 'string') throw bad(token, 'must be text')
  const unwritable = whyNotText(value)
  if (unwritable !== undefined) throw bad(token, unwritable)
  if (value === '' || value === 'none') return undefined
  const wrong = format === undefined ? undefined : whyNot[format](value)
  if (wrong !== undefined) throw bad(token, wrong)
  return value
}

function checkRange(option: string, value: unknown, [min, max]: readonly [number, number], unset?: number): void {
  const fits = Number.isInteger(value) && (value as number) >= min && (value as number) <= max
  if (fits || (unset !== undefined && value === unset)) return
  throw bad(
    option,
    max === SERIAL_MAX ? `must be a whole number from ${min}` : `must be a whole number from ${min} to ${max}`,
  )
}

function checkAddresses(values: Values, transport: Transport, family: Family | undefined): void {
  if (family !== undefined && transport !== 'tcp' && transport !== 'rdma') {
    throw bad('family', `is not a choice of ${transport}`)
  }
  const target = values.get('traddr') as string | undefined
  const wrongTarget = target === undefined ? undefined : whyNoTarget(transport, target, family)
  if (wrongTarget !== undefined) throw bad('traddr', wrongTarget)
  const source = values.get('hostTraddr') as string | undefined
  const wrongSource = source === undefined ? undefined : whyNoSource(transport, source)
  if (wrongSource !== undefined) throw bad('host_traddr', wrongSource)
}

function checkTogether(values: Values, transport: Transport): void {
  if (!values.has('nqn')) throw bad('nqn', 'is required')
  if (!values.has('traddr') && transport !== 'loop') throw bad('traddr', `is required for ${transport}`)
  if (!values.has('hostTraddr') && transport === 'fc') throw bad('host_traddr', 'is required for fc')
  const authenticated = values.has('dhchapSecret')
  if (values.has('dhchapCtrlSecret') && !authenticated) throw bad('dhchap_ctrl_secret', 'needs dhchap_secret')
  if (values.has('tls') && values.has('concat')) throw bad('concat', 'cannot be combined with tls')
  if (values.has('concat') && !authenticated) throw bad('concat', 'needs dhchap_secret')
}

/**
 * An option's value as it stands on a command line, as the type that {@link ConnectRequest} wants.
 * @throws FabricsError `bad-option` (the value itself is not repeated: it may be a secret)
 */
export function parseOptionText(spec: OptionSpec, text: string): string | number {
  if (spec.type === 'text') return text
  const number = spec.type === 'serial' ? /^(?:0x[0-9a-f]{1,8}|[0-9]{1,10})$/i : /^-?[0-9]{1,10}$/
  if (!number.test(text)) {
    throw bad(spec.token, spec.type === 'serial' ? 'must be a key serial number' : 'must be a whole number')
  }
  return Number(text)
}
