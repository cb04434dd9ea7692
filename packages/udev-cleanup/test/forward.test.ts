import { nodeSys } from '@nvmf/registry-core/node'
import { describe, expect, test } from 'vitest'
import { type ForwardPorts, forward } from '../src/forward.ts'
import { cleanup } from '../src/index.ts'
import { kmsgRecord } from '../src/records.ts'
import { lineOf, MOST_BYTES, piecesOf } from '../src/records-input.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (of: Uint8Array): string => new TextDecoder().decode(of)

/** Reads chunks one after the other, in one buffer as a system call does. */
function reader(chunks: readonly Uint8Array[]): () => Uint8Array {
  const buffer = new Uint8Array(Math.max(0, ...chunks.map(chunk => chunk.length)))
  const left = [...chunks]
  return () => {
    const chunk = left.shift() ?? new Uint8Array(0)
    buffer.fill(0)
    buffer.set(chunk)
    return buffer.subarray(0, chunk.length)
  }
}

const pieces = (chunks: readonly Uint8Array[]): (string | [string, 'cut'])[] =>
  [...piecesOf(reader(chunks))].map(piece => (piece.whole ? text(piece.bytes) : [text(piece.bytes), 'cut']))

describe('the input is taken apart', () => {
  const input = bytes('\nA=1\nB=é\n\n\n\nC=\n\nD=4\nE')
  const expected = ['A=1\nB=é\n', 'C=\n', ['D=4\nE', 'cut']]
  test('wherever it is cut into reads', () => {
    for (let first = 1; first < input.length; first++)
      for (let second = first; second < input.length; second++) {
        const chunks = [input.subarray(0, first), input.subarray(first, second), input.subarray(second)]
        expect(pieces(chunks.filter(chunk => chunk.length > 0))).toEqual(expected)
      }
  })
  test('of which no more than a record is ever kept', () => {
    expect(() => [...piecesOf(() => new Uint8Array(65_536).fill(0x41))]).toThrow(`it has more than ${MOST_BYTES} bytes`)
  })
})

const lineIn = (record: string) => lineOf(bytes(record))

describe('the line of a record', () => {
  test('is its MESSAGE, with its priority', () => {
    expect(lineIn('A=1\nMESSAGE=a=b é\nPRIORITY=4\n')).toEqual({ priority: 4, text: 'a=b é' })
    for (const odd of ['', 'PRIORITY=8\n', 'PRIORITY=44\n', 'PRIORITY=\n', 'PRIORITY=é\n'])
      expect(lineIn(`MESSAGE=x\n${odd}`)).toEqual({ priority: 6, text: 'x' })
  })
  test('that is not UTF-8 keeps what is ASCII', () => {
    expect(lineOf(Uint8Array.from([...bytes('MESSAGE=a'), 0xff, ...bytes('b\n')])).text).toBe('a?b')
  })
  test.each(['é', '漢', '😀'])('of many %s is not cut through one', character => {
    for (const before of ['', 'x', 'xx', 'xxx']) {
      const line = lineIn(`MESSAGE=${before}${character.repeat(2000)}\n`)
      expect(line.text).toMatch(new RegExp(`^x*${character}+$`, 'u'))
      const record = kmsgRecord(line)
      expect(Buffer.byteLength(record)).toBeLessThanOrEqual(976)
      expect(Buffer.byteLength(record)).toBeGreaterThan(976 - 8)
      expect(record.endsWith('…\n')).toBe(true)
    }
  })
  test.each(['x', '=x', 'a=x', '_A=x', '1=x', `${'A'.repeat(65)}=x`, 'A B=x', 'MESSAGE\nx=1'])(
    'is not looked for in what has a line like %j',
    line => {
      expect(() => lineIn(`MESSAGE=x\n${line}\n`)).toThrow('is not a field (NAME=value, in capitals)')
    },
  )
})

interface Told {
  readonly exit: number
  readonly sent: string[]
  readonly kernel: string[]
  readonly said: string[]
}

/** @param outcomes what journald makes of one record after the other; the last is that of all others */
function told(input: string, outcomes: readonly ReturnType<ForwardPorts['send']>[], root = '/', writable = true): Told {
  const all = { sent: [] as string[], kernel: [] as string[], said: [] as string[] }
  let nth = 0
  const exit = forward(root, {
    isTerminal: () => false,
    ignoreSignals: () => {},
    read: reader([bytes(input)]),
    send: record => {
      all.sent.push(text(record))
      return outcomes[Math.min(nth++, outcomes.length - 1)] as 'sent'
    },
    kernelLog: (of, record) => {
      if (writable) all.kernel.push(`${of}: ${record}`)
      return writable
    },
    complain: line => void all.said.push(line),
  })
  return { exit, ...all }
}

describe('a record that journald', () => {
  const THREE = 'MESSAGE=1\n\nMESSAGE=2\n\nMESSAGE=3\n\n'
  test('refuses is the last that it is asked', () => {
    expect(told(THREE, ['sent', 'refused', 'sent'])).toEqual({
      exit: 0,
      sent: ['MESSAGE=1\n', 'MESSAGE=2\n'],
      kernel: ['/: <6>nvmf: 2\n', '/: <6>nvmf: 3\n'],
      said: [],
    })
  })
  test('cannot get in one piece is the only one that goes another way', () => {
    const { sent, kernel } = told(THREE, ['sent', 'too-large', 'sent'])
    expect({ sent: sent.length, kernel }).toEqual({ sent: 3, kernel: ['/: <6>nvmf: 2\n'] })
  })
  test('may only get half of is told without its fields, which would be half the truth', () => {
    expect(told('MESSAGE=1\n\nMESSAGE=2\nNVMF_OWNER=st', ['sent'])).toEqual({
      exit: 2,
      sent: ['MESSAGE=1\n'],
      kernel: ['/: <6>nvmf: 2\n'],
      said: ['record 2 of standard input: it is cut off'],
    })
  })
  test('of this machine has nothing to do with is not sent there', () => {
    expect(told(THREE, ['sent'], '/tmp/h')).toMatchObject({ exit: 0, sent: [] })
    expect(told(THREE, ['sent'], '//').sent).toHaveLength(3)
  })
  test('refuses, and nobody else takes, is an error at the end of all', () => {
    expect(told(THREE, ['refused'], '/', false)).toMatchObject({ exit: 1, kernel: [], said: ['1', '2', '3'] })
  })
})

test('the helper on Node says that it cannot', () => {
  const lines: string[] = []
  const log = (_root: string, line: { text: string }): void => void lines.push(line.text)
  expect(cleanup({ sys: nodeSys(), args: ['--journal'], seqnum: undefined, log })).toBe(2)
  expect(lines).toEqual(['--journal: only the native helper can send records to journald'])
})
