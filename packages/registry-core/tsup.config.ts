import { library } from '../../tsup.library.ts'

export default library({
  index: 'src/index.ts',
  node: 'src/node/sys.ts',
  protocol: 'src/protocol.ts',
  confinement: 'src/node/confinement.ts',
})
