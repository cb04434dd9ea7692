import type { CleanupExit } from './cleanup.ts'
import { kmsgRecord } from './records.ts'
import { InputError, lineOf, type Piece, piecesOf, wholeLines } from './records-input.ts'

/** What passing records on needs of the world. */
export interface ForwardPorts {
  /** Standard input is a terminal: nobody types records. */
  isTerminal(): boolean
  /** From here on the end of the input is the only end: what was done is told, even if whoever did it is interrupted. */
  ignoreSignals(): void
  /** The next bytes of standard input, none at its end. @throws Error that says why it cannot be read */
  read(): Uint8Array
  /** Hands journald a record, and waits for room there, but not for ever; `refused`: it did not take it, and may not take another. */
  send(record: Uint8Array): 'sent' | 'too-large' | 'refused'
  /** Adds to the kernel's log of the host at `root`; false: there is none, or it may not be written. */
  kernelLog(root: string, record: string): boolean
  /** One line for whoever started this. */
  complain(text: string): void
}

/**
 * `--journal`: each record of standard input to journald as it comes, for programs that cannot send datagrams. Where journald
 * does not take one, that one's line and the rest's go to the kernel's log. So does the line of a record that is cut off: its
 * fields would be half the truth.
 *
 * @returns 0 when all is told; 1 if something could be told nowhere, or not be read; 2 for an input that is not records
 */
export function forward(root: string, ports: ForwardPorts): CleanupExit {
  if (ports.isTerminal()) return wrong(ports, 'records are wanted on standard input, which is a terminal')
  ports.ignoreSignals()
  const tell = teller(root, ports)
  let nth = 1
  let all = true
  try {
    for (const piece of piecesOf(ports.read)) {
      if (!tell(piece)) all = false
      if (!piece.whole) throw new InputError('it is cut off')
      nth++
    }
    return all ? 0 : 1
  } catch (error) {
    if (error instanceof InputError) return wrong(ports, `record ${nth} of standard input: ${error.message}`)
    ports.complain(error instanceof Error ? error.message : String(error))
    return 1
  }
}

function wrong({ complain }: ForwardPorts, problem: string): 2 {
  complain(problem)
  return 2
}

/** Tells one after the other. False: it could be told nowhere. */
function teller(root: string, ports: ForwardPorts): (piece: Piece) => boolean {
  // journald is the machine's; a virtual host's journal is a file of its own.
  let journald = isHere(root)
  return ({ bytes, whole }) => {
    const line = lineOf(whole ? bytes : wholeLines(bytes))
    if (journald && whole) {
      const outcome = ports.send(bytes)
      if (outcome === 'sent') return true
      journald = outcome === 'too-large'
    }
    if (ports.kernelLog(root, kmsgRecord(line))) return true
    ports.complain(line.text)
    return false
  }
}

/** Is it this machine's own root, and so its journald? */
export const isHere = (root: string): boolean => /^\/+$/.test(root)
