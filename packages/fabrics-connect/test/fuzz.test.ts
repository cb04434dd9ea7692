import * as fc from 'fast-check'
import { assert, describe, expect, test } from 'vitest'
import { check } from '../src/check.ts'
import {
  type ConnectRequest,
  FabricsError,
  type FabricsErrorCode,
  generateIdentity,
  hostIdentity,
  type OptionSpec,
  optionTable,
  parseOptionText,
} from '../src/index.ts'
import { parseReply, parseSupported } from '../src/kernel-dialogue.ts'
import { saidByKernel } from '../src/kernel-log.ts'
import { optionString, withDefaults } from '../src/option-string.ts'
import { whyNoSecret } from '../src/secret.ts'
import { errno, REQUEST, SECRET, SUPPORTED } from './fakes.ts'

/** Nobody waits for a clock: a case that hangs is found by the runner's limit, which is far away on a busy machine. */
const CASES = { numRuns: 10_000 }
const LIMIT = 300_000

const ALL = parseSupported(`${SUPPORTED.trim()},concat\n`)
const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.stringMatching(/^[ -~]{0,60}$/))
const evil = fc.constantFrom(',hostnqn=evil', '\nduplicate_connect', 'x,tls', '\u0000', 'none', '', '\u2028', '\u202e')

/** The result, or undefined for an error with one of these codes; every other error is a finding. */
function unless<T>(codes: readonly FabricsErrorCode[], run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    if (error instanceof FabricsError && codes.includes(error.code)) return undefined
    throw error
  }
}
describe('requests', () => {
  const nearly = fc.oneof(
    fc.constantFrom(
      '192.0.2.1',
      'fe80::1%eth0',
      'target.example',
      'nqn.x',
      SECRET,
      '4420',
      'lo',
      'tcp',
      'loop',
      'fc',
      'rdma',
    ),
    fc.constantFrom('nn-0x10000090fa942779,pn-0x10000090fa942779', '11111111-2222-3333-4444-555555555555'),
    anyText,
    evil,
  )
  const valueFor = ({ type }: OptionSpec): fc.Arbitrary<unknown> => {
    const wrong = fc.oneof({ weight: 1, arbitrary: fc.anything() as fc.Arbitrary<unknown> })
    if (type === 'flag') return fc.oneof({ weight: 9, arbitrary: fc.boolean() }, wrong)
    if (type === 'text') return fc.oneof({ weight: 9, arbitrary: nearly as fc.Arbitrary<unknown> }, wrong)
    return fc.oneof(
      { weight: 9, arbitrary: fc.oneof(fc.integer({ min: -2, max: 2000 }), fc.integer(), fc.double()) },
      wrong,
    )
  }
  const changes = fc
    .uniqueArray(fc.constantFrom(...optionTable), { maxLength: 3, selector: ({ key }) => key })
    .chain(specs => fc.tuple(...specs.map(spec => valueFor(spec).map(value => [spec.key, value] as const))))

  test(
    'give a string of the options asked for and nothing else, or a bad-option',
    () => {
      let built = 0
      fc.assert(
        fc.property(changes, pairs => {
          const request = { ...REQUEST, ...Object.fromEntries(pairs) } as ConnectRequest
          const text = unless(['bad-option', 'unsupported-option'], () => {
            const checked = check(request)
            return optionString(checked, withDefaults(checked, request), ALL).text
          })
          if (text === undefined) return
          built++
          const asked = new Set(['nqn', 'transport', 'traddr', 'trsvcid', 'ctrl_loss_tmo', 'keep_alive_tmo'])
          for (const spec of optionTable) if (request[spec.key] !== undefined) asked.add(spec.token)
          // As the kernel takes it apart: strsep(&options, ",\n").
          const tokens = text.split(/[,\n]/).map(part => part.split('=', 1)[0] ?? '')
          for (const token of tokens) assert(asked.has(token), `${token} in ${text}`)
          assert(new Set(tokens).size === tokens.length, `twice in ${text}`)
          assert(!/\p{Cc}/u.test(text) && Buffer.byteLength(text) <= 4096, text)
        }),
        CASES,
      )
      // The property says something only if many were not refused.
      expect(built).toBeGreaterThan(1500)
    },
    LIMIT,
  )
  test(
    'of a command line, word by word',
    () => {
      const word = fc.oneof(anyText, fc.stringMatching(/^-?(0x)?[0-9a-f]{0,12}$/))
      fc.assert(
        fc.property(fc.constantFrom(...optionTable), word, (spec, text) => {
          const value = unless(['bad-option'], () => parseOptionText(spec, text))
          if (value === undefined) return
          assert(typeof value === (spec.type === 'text' ? 'string' : 'number') && !Number.isNaN(value), String(value))
        }),
        CASES,
      )
    },
    LIMIT,
  )
  test(
    'secrets: no text but a secret is one, and none comes back in a reason',
    () => {
      const mangled = fc.tuple(fc.nat(SECRET.length), anyText).map(([at, text]) => SECRET.slice(0, at) + text)
      fc.assert(
        fc.property(fc.oneof(anyText, mangled), text => {
          const why = whyNoSecret(text)
          if (why === undefined) assert([SECRET, SECRET.slice(0, -1)].includes(text), text)
          else assert(text.length < 20 || !why.includes(text), why)
        }),
        CASES,
      )
    },
    LIMIT,
  )
})

describe('what comes from the kernel', () => {
  test(
    'the reply: a controller, or bad-reply',
    () => {
      const field = fc.tuple(fc.constantFrom('instance', 'cntlid', 'x', ''), fc.constantFrom('=', '', '=='), anyText)
      const close = fc.array(
        fc.oneof(
          field.map(parts => parts.join('')),
          fc.nat().map(n => `instance=${n}`),
        ),
      )
      fc.assert(
        fc.property(
          fc.oneof(
            anyText,
            close.map(fields => fields.join(',')),
            close.map(fields => `${fields.join('\n')}\n`),
          ),
          text => {
            const reply = unless(['bad-reply'], () => parseReply(text))
            if (reply === undefined) return
            assert(/^nvme(0|[1-9][0-9]*)$/.test(reply.device) && Number(reply.device.slice(4)) < 2 ** 31, reply.device)
            assert(reply.cntlid === undefined || Number.isInteger(reply.cntlid), String(reply.cntlid))
          },
        ),
        CASES,
      )
    },
    LIMIT,
  )
  test(
    'the supported options: names without separators',
    () => {
      const list = fc.array(fc.oneof(fc.constantFrom(...ALL), anyText)).map(names => names.join(','))
      fc.assert(
        fc.property(fc.oneof(anyText, list), text => {
          for (const name of parseSupported(text)) assert(/^[^,\n=\s]+$/.test(name), JSON.stringify(name))
        }),
        CASES,
      )
    },
    LIMIT,
  )
  test(
    'its log: lines of the host drivers, and never a secret',
    () => {
      const record = fc
        .tuple(fc.nat(40), fc.constantFrom('nvme nvme1: ', 'nvme_fabrics: ', 'nvmet: ', ''), anyText)
        .map(([level, who, text]) => `${level},1,2,-;${who}${text} ${SECRET}\n`)
      fc.assert(
        fc.property(fc.array(fc.oneof(record, anyText), { maxLength: 4 }), records => {
          for (const line of saidByKernel(records, [])) assert(/^nvme[ _]/.test(line) && !line.includes(SECRET), line)
        }),
        CASES,
      )
    },
    LIMIT,
  )
})

test(
  'hostnqn and hostid files: an identity that can be written, or a typed error',
  () => {
    const uuid = fc.uuid()
    const content = fc.oneof(
      anyText,
      evil,
      uuid,
      uuid.map(text => `nqn.2014-08.org.nvmexpress:uuid:${text}\n`),
      fc.tuple(uuid, anyText).map(([id, text]) => `${id}\n${text}`),
      fc.constant('q'.repeat(4096)),
    )
    const file = fc.option(content)
    fc.assert(
      fc.property(file, file, file, fc.uint8Array({ maxLength: 40 }), (hostnqn, hostid, dmi, smbios) => {
        const texts = new Map([
          ['/etc/nvme/hostnqn', hostnqn],
          ['/etc/nvme/hostid', hostid],
          ['/sys/class/dmi/id/product_uuid', dmi],
        ])
        const files = {
          readText(path: string): string {
            const text = texts.get(path)
            if (text === undefined || text === null) throw errno('ENOENT')
            return text
          },
          readBytes: () => smbios,
        }
        assert(/^[0-9a-f-]{36}$/.test(generateIdentity(files, '/', () => '-'.repeat(36)).hostid), 'generated')
        const identity = unless(['bad-option', 'no-host-identity'], () => hostIdentity(files, '/'))
        if (identity === undefined) return
        // Whatever it is, it passes as an option.
        assert(
          check({ ...REQUEST, hostnqn: identity.hostnqn, hostid: identity.hostid }).values.has('hostnqn'),
          'hostnqn',
        )
      }),
      CASES,
    )
  },
  LIMIT,
)
