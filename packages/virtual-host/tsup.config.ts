import { library } from '../../tsup.library.ts'

export default library(
  { index: 'src/index.ts', contract: 'src/contract/index.ts' },
  { 'nvmf-virtual-host': 'src/bin.ts' },
)
