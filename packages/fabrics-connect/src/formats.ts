import { whyNoSecret } from './secret.ts'

/** What a text option holds, where that can be checked without knowing the transport. */
export type TextFormat = 'nqn' | 'uuid' | 'port' | 'interface' | 'secret'

/** NVMF_NQN_SIZE in include/linux/nvme.h: the kernel takes what is shorter. */
const NQN_LIMIT = 223
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** IFNAMSIZ, and dev_valid_name() in net/core/dev.c. */
const INTERFACE = /^(?!\.{1,2}$)[^/:\s]{1,15}$/

export const isUuid = (text: string): boolean => UUID.test(text)

/** Why a text cannot be right, or undefined. A reason never repeats the text: it may be a secret. */
export const whyNot: Readonly<Record<TextFormat, (text: string) => string | undefined>> = {
  nqn: text => (utf8Length(text) >= NQN_LIMIT ? `must be shorter than ${NQN_LIMIT} bytes` : undefined),
  uuid: text => (isUuid(text) ? undefined : 'must be a UUID'),
  port: text =>
    /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65535 ? undefined : 'must be a port from 1 to 65535',
  interface: text =>
    INTERFACE.test(text) && utf8Length(text) <= 15 ? undefined : 'must be the name of a network interface',
  secret: whyNoSecret,
}

/**
 * Why a text cannot be written to the kernel at all, or undefined: its string is split at commas and newlines and knows
 * no quoting; control characters would also reach logs and terminals.
 */
export function whyNotText(text: string): string | undefined {
  if (text.includes(',')) return 'must not contain a comma'
  return isLine(text) ? undefined : 'must be one line without control characters'
}

/** One line that a terminal shows as it is. */
export const isLine = (text: string): boolean => !/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text)

export function utf8Length(text: string): number {
  let bytes = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes
}
