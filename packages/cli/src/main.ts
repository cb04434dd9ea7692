import { commandLine, finish, processIo } from './node/process-io.ts'
import { run } from './program.ts'

void run(commandLine(), processIo()).then(finish)
