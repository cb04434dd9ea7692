import { library } from '../../tsup.library.ts'

export default library({ index: 'src/index.ts' }, { 'nvmf-registry-cleanup': 'src/node/main.ts' })
