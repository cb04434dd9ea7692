/** Fetches the nodes that test/npm.host.test.ts runs, so that it need not wait for them. */
import { NODES, nodeBinaries } from './lib/npm.ts'

nodeBinaries(NODES)
