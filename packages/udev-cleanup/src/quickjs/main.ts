import * as std from 'qjs:std'
import { cleanup } from '../cleanup.ts'
import { forwardPorts } from './forward-ports.ts'
import { log } from './log.ts'
import { quickjsSys } from './sys.ts'

/** The native helper's entry point. `scriptArgs[0]` is the program. */
std.exit(
  cleanup({
    sys: quickjsSys(),
    args: scriptArgs.slice(1),
    seqnum: std.getenv('SEQNUM'),
    log,
    records: forwardPorts,
  }),
)
