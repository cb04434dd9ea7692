import { connectPorts, findExisting } from '@nvmf/fabrics-connect'

const [nqn, traddr, root = '/'] = process.argv.slice(2)
const ports = connectPorts({ root })
const found = await findExisting({ transport: 'tcp', traddr, nqn }, ports)
if (found === undefined) console.log('not connected')
else console.log(found.name, found.state, ports.registry.ownerOf(found.name, found.incarnation))
