import { RegistryError } from './errors.ts'
import { isDevice } from './names.ts'
import type { Connecting } from './types.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'
import { formatValue } from './values.ts'

/** The longest text of an announcement in bytes: more than 50,000 controllers. */
export const TEXT_BYTES = 1 << 20

/** The keys of a `connecting` text, by field: the kernel's own words for its connect options, and `owner`. */
const KEYS: readonly (readonly [key: string, field: keyof Connecting])[] = [
  ['owner', 'owner'],
  ['transport', 'transport'],
  ['traddr', 'traddr'],
  ['trsvcid', 'trsvcid'],
  ['host_traddr', 'hostTraddr'],
  ['host_iface', 'hostIface'],
  ['nqn', 'nqn'],
  ['hostnqn', 'hostnqn'],
]

/** The text of a `connecting` announcement. @throws `bad-value` for what is not one printable line */
export function connectingText(what: Connecting): Uint8Array {
  return textOf(
    KEYS.flatMap(([key, field]) => {
      const value = what[field]
      if (value === undefined) return []
      formatValue(key, value)
      return [[key, value]]
    }),
  )
}

/** The text of a `leaving` announcement. @param incarnations by device @throws `bad-value` if it is too long */
export const leavingText = (incarnations: ReadonlyMap<string, string>): Uint8Array => textOf([...incarnations])

function textOf(lines: readonly (readonly [string, string])[]): Uint8Array {
  const bytes = encodeUtf8(lines.map(([key, value]) => `${key}=${value}\n`).join(''))
  if (bytes.length > TEXT_BYTES)
    throw new RegistryError('bad-value', `an announcement of ${bytes.length} bytes is longer than ${TEXT_BYTES}`)
  return bytes
}

/** Reads a `connecting` text; undefined if it is not understood. Other keys than those known here are ignored. */
export function parseConnecting(bytes: Uint8Array): Connecting | undefined {
  const lines = linesOf(bytes)
  if (lines === undefined || lines.length === 0) return undefined
  return Object.fromEntries(KEYS.flatMap(([key, field]) => lines.filter(([k]) => k === key).map(([, v]) => [field, v])))
}

/** Reads a `leaving` text: incarnations by device; undefined if it is not understood. */
export function parseLeaving(bytes: Uint8Array): ReadonlyMap<string, string> | undefined {
  const lines = linesOf(bytes)
  if (lines === undefined || lines.length === 0) return undefined
  return lines.every(([device, incarnation]) => isDevice(device) && /^[0-9]{1,20}$/.test(incarnation))
    ? new Map(lines)
    : undefined
}

/** `key=value` lines; undefined if there is any other line, or the text is cut off or not UTF-8. */
function linesOf(bytes: Uint8Array): [string, string][] | undefined {
  const text = bytes.length > TEXT_BYTES ? undefined : decodeUtf8(bytes)
  if (text === undefined || (text !== '' && !text.endsWith('\n'))) return undefined
  const lines = text.split('\n').slice(0, -1)
  if (!lines.every(line => line.indexOf('=') > 0)) return undefined
  return lines.map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])
}
