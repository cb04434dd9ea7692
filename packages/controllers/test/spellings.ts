import * as fc from 'fast-check'

/** Ways to write addresses that the kernel takes for the same one. */

const anyCase = (text: string): fc.Arbitrary<string> =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map(upper => [...text].map((letter, i) => (upper[i] ? letter.toUpperCase() : letter)).join(''))

/** One group of an IPv6 address, with zeros before it or without. */
const group = (value: number): fc.Arbitrary<string> =>
  fc.nat(4).chain(width => anyCase(value.toString(16).padStart(width, '0')))

/** Eight groups, where some of the zeros may be `::` and the last two an IPv4 address. */
export function ipv6Spelled(groups: readonly number[], scope = ''): fc.Arbitrary<string> {
  const zeros = groups.flatMap((value, start) => {
    if (value !== 0) return []
    const run = groups.slice(start).findIndex(each => each !== 0)
    const longest = run < 0 ? groups.length - start : run
    return Array.from({ length: longest }, (_, i) => [start, start + i + 1] as const)
  })
  const omitted = fc.option(zeros.length === 0 ? fc.constant([8, 8] as const) : fc.constantFrom(...zeros), {
    nil: [8, 8],
  })
  return fc.tuple(fc.tuple(...groups.map(group)), omitted, fc.boolean()).map(([texts, [from, to], dotted]) => {
    const asIpv4 = (dotted && to <= 6) || (dotted && from === 8)
    const last = asIpv4
      ? [
          groups
            .slice(6)
            .map(value => `${value >> 8}.${value & 255}`)
            .join('.'),
        ]
      : texts.slice(6)
    const all = [...texts.slice(0, 6), ...last]
    if (from === 8) return all.join(':') + scope
    return `${all.slice(0, from).join(':')}::${all.slice(to).join(':')}${scope}`
  })
}

/** `nn-0x…:pn-0x…` */
export const fcSpelled = (node: string, port: string): fc.Arbitrary<string> => {
  const wwn = (digits: string): fc.Arbitrary<string> =>
    fc.tuple(fc.constantFrom('0x', '0X', ''), anyCase(digits)).map(([before, text]) => before + text)
  return fc
    .tuple(anyCase('nn'), wwn(node), fc.constantFrom(':', ','), anyCase('pn'), wwn(port))
    .map(([nn, first, between, pn, second]) => `${nn}-${first}${between}${pn}-${second}`)
}

const word = fc.oneof(fc.constant(0), fc.nat(0xffff))
const wwn = fc.stringMatching(/^[0-9a-f]{16}$/)

/** An address of any kind, by what it is, and some of its spellings. */
export const spelledAddresses: fc.Arbitrary<readonly string[]> = fc.oneof(
  fc
    .tuple(fc.array(word, { minLength: 8, maxLength: 8 }), fc.constantFrom('', '%eth0', '%Eth0.7'))
    .chain(([groups, scope]) => fc.array(ipv6Spelled(groups, scope), { minLength: 2, maxLength: 4 })),
  fc.tuple(wwn, wwn).chain(([node, port]) => fc.array(fcSpelled(node, port), { minLength: 2, maxLength: 4 })),
  fc.ipV4().map(text => [text, text]),
)
