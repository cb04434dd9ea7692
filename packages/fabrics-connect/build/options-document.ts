import { type OptionSpec, optionTable, TRANSPORTS } from '../src/options.ts'

const INT_MAX = 2 ** 31 - 1

const HEAD = `# Connect options

What \`nvmf connect\` and \`connect()\` of @nvmf/fabrics-connect take, and what the kernel gets to read. This page is made from the
table in [packages/fabrics-connect/src/options.ts](../packages/fabrics-connect/src/options.ts), from which the command line, its help, the
checks and the kernel's string are made too, and a test keeps it so.

The kernel's string is the tokens of this table, in this order, with commas between: \`nqn=…,transport=tcp,…\`.

`

const TAIL = `
- _Text_ that is empty or \`none\` counts as not given. A comma, a line break or any other control character is refused everywhere: the
  kernel would read another option out of it.
- _no discovery_: not sent for a discovery controller, the kernel ignores it there.
- _security_: left out of a connection it would weaken it, so a kernel or transport that lacks it is an error. Any other option that the
  transport or the running kernel does not know is left out, with a warning if it was asked for. What the kernel knows is read from
  /dev/nvme-fabrics; kernels before 5.17 do not list it, and get what they are known to take.
- _secret_: in no message, log or JSON. The command takes \`@FILE\` and \`-\` (standard input) in place of the secret. One that is written
  out is wiped from the process list as soon as the command line is read, but was there for some hundredths of a second.
- A host name is resolved by getaddrinfo(3), its first answer is taken (\`-4\`, \`-6\`: the first of that kind); the kernel wants figures. IPv6
  addresses have no brackets, and may have a scope: \`fe80::1%eth0\`. Addresses of Fibre Channel are written \`nn-0x…:pn-0x…\` whatever
  the spelling, a comma in the middle included.
- Secrets are checked as far as they can be: form, length for their hash, and checksum.

## Not the same as nvme-cli

- \`--tls-key\` and \`--keyring\` take serial numbers only, as \`keyctl\` prints them; keys in interchange format (\`NVMeTLSkey-1:…\`), identities
  and names of keyrings are not looked up.
- An option that is out of range, or not a number, is refused; nvme-cli leaves many of them to the kernel.
- TLS, its keys, authentication and concatenation are never left out in silence.
- \`--ctrl-loss-tmo\`, \`--reconnect-delay\` and \`--tos\` are left out for loop, which does not take them.
`

/** docs/connect-options.md */
export function optionsDocument(): string {
  const rows = optionTable.map(row)
  const heading = ['kernel', 'command line', 'value', 'without it', 'transports', '', 'what it is']
  // Aligned, as the formatter has it.
  const widths = heading.map((_, column) => Math.max(3, ...[heading, ...rows].map(cells => cells[column]?.length ?? 0)))
  const rule = widths.map(width => '-'.repeat(width))
  const lines = [heading, rule, ...rows].map(
    cells => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  )
  return `${HEAD}${lines.join('\n')}\n${TAIL}`
}

function row(spec: OptionSpec): string[] {
  const { token, transports = TRANSPORTS, absent = '', help } = spec
  const remarks = [
    spec.notForDiscovery ? 'no discovery' : '',
    spec.security ? 'security' : '',
    spec.secret ? 'secret' : '',
  ].filter(remark => remark !== '')
  const where = transports.length === TRANSPORTS.length ? 'all' : transports.join(' ')
  return [`\`${token}\``, flags(spec), valueOf(spec), absent, where, remarks.join(', '), help]
}

function flags({ long, short, aliases = [] }: OptionSpec): string {
  if (long === undefined) return ''
  const others = aliases.map(alias => `\`--${alias}\``)
  return [short === undefined ? '' : `\`-${short}\``, `\`--${long}\``, ...others].filter(flag => flag !== '').join(' ')
}

const TEXTS = {
  nqn: 'an NQN, at most 222 bytes',
  uuid: 'a UUID',
  port: 'a port',
  interface: 'a name',
  secret: 'DHHC-1',
}

function valueOf({ type, format, range, unset }: OptionSpec): string {
  switch (type) {
    case 'flag':
      return ''
    case 'text':
      return format === undefined ? 'text' : TEXTS[format]
    case 'serial':
      return 'a serial number, 12 or 0xc'
    case 'number': {
      const [min, max] = range ?? [0, INT_MAX]
      const span = max === INT_MAX ? `from ${min}` : `${min} to ${max}`
      return unset === undefined ? span : `${span}; ${unset}: not given`
    }
  }
}
