import { FabricsError } from './errors.ts'
import { isNumericAddress } from './numeric-address.ts'
import {
  type ConnectRequest,
  DISCOVERY_NQN,
  type OptionKey,
  type OptionSpec,
  optionTable,
  TRANSPORTS,
  type Transport,
} from './options.ts'

/** NVMF_NQN_SIZE in include/linux/nvme.h: the kernel takes what is shorter. */
const NQN_LIMIT = 223
const SECRET_MIN = 11
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
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
    const value = checkValue(spec, request[spec.key])
    if (value !== undefined) values.set(spec.key, value)
  }
  if (!values.has('transport')) throw bad('transport', 'is required')
  const transport = TRANSPORTS.find(name => name === values.get('transport'))
  if (transport === undefined)
    throw bad('transport', `must be one of ${TRANSPORTS.join(', ')}, not ${JSON.stringify(values.get('transport'))}`)
  checkTogether(values, transport)
  return { transport, values, discovery: values.get('nqn') === DISCOVERY_NQN || values.has('discovery') }
}

function checkValue(spec: OptionSpec, value: unknown): string | number | true | undefined {
  if (value === undefined) return undefined
  switch (spec.type) {
    case 'flag':
      if (typeof value !== 'boolean') throw bad(spec.token, 'takes no value')
      return value || undefined
    case 'text':
      if (typeof value !== 'string') throw bad(spec.token, 'must be text')
      checkText(spec.token, value)
      return value === '' || value === 'none' ? undefined : value
    case 'number':
      checkRange(spec.token, value, spec.range ?? [0, SERIAL_MAX], spec.unset)
      return value === spec.unset ? undefined : (value as number)
    case 'serial':
      checkRange(spec.token, value, [1, SERIAL_MAX])
      return value as number
  }
}

/**
 * The kernel splits its string at commas and newlines and knows no quoting; control characters would also reach logs
 * and terminals.
 */
export function checkText(option: string, value: string): void {
  if (value.includes(',')) throw bad(option, 'must not contain a comma')
  if (!isLine(value)) throw bad(option, 'must be one line without control characters')
}

/** One line that a terminal shows as it is. */
export const isLine = (text: string): boolean => !/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text)

function checkRange(option: string, value: unknown, [min, max]: readonly [number, number], unset?: number): void {
  const fits = Number.isInteger(value) && (value as number) >= min && (value as number) <= max
  if (fits || (unset !== undefined && value === unset)) return
  throw bad(
    option,
    max === SERIAL_MAX ? `must be a whole number from ${min}` : `must be a whole number from ${min} to ${max}`,
  )
}

function checkTogether(values: Values, transport: Transport): void {
  const text = (key: OptionKey): string | undefined => values.get(key) as string | undefined
  for (const key of ['nqn', 'hostnqn'] as const) {
    if (utf8Length(text(key) ?? '') >= NQN_LIMIT) throw bad(key, `must be shorter than ${NQN_LIMIT} bytes`)
  }
  if (!values.has('nqn')) throw bad('nqn', 'is required')
  if (!values.has('traddr') && transport !== 'loop') throw bad('traddr', `is required for ${transport}`)
  if (!values.has('hostTraddr') && transport === 'fc') throw bad('host_traddr', 'is required for fc')
  const hostid = text('hostid')
  if (hostid !== undefined && !isUuid(hostid)) throw bad('hostid', 'must be a UUID')
  if (transport === 'tcp' || transport === 'rdma') checkIp(text('hostTraddr'), text('trsvcid'))
  checkSecrets(text('dhchapSecret'), text('dhchapCtrlSecret'))
  if (values.has('tls') && values.has('concat')) throw bad('concat', 'cannot be combined with tls')
  if (values.has('concat') && !values.has('dhchapSecret')) throw bad('concat', 'needs dhchap_secret')
}

function checkIp(hostTraddr: string | undefined, port: string | undefined): void {
  if (hostTraddr !== undefined && !isNumericAddress(hostTraddr)) throw bad('host_traddr', 'must be a numeric address')
  if (port === undefined) return
  if (!/^[1-9][0-9]{0,4}$/.test(port) || Number(port) > 65535) throw bad('trsvcid', 'must be a port from 1 to 65535')
}

function checkSecrets(host: string | undefined, ctrl: string | undefined): void {
  const secrets = { dhchap_secret: host, dhchap_ctrl_secret: ctrl }
  for (const [token, secret] of Object.entries(secrets)) {
    if (secret === undefined) continue
    if (!secret.startsWith('DHHC-1:') || secret.length < SECRET_MIN) throw bad(token, 'is not a DHHC-1 secret')
  }
  if (ctrl !== undefined && host === undefined) throw bad('dhchap_ctrl_secret', 'needs dhchap_secret')
}

export const isUuid = (text: string): boolean => UUID.test(text)

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

export function utf8Length(text: string): number {
  let bytes = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes
}
