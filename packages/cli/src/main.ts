import { begin, commandLine, finish, processIo } from './node/process-io.ts'
import { run } from './program.ts'

begin()
void run(commandLine(), processIo()).then(finish)
