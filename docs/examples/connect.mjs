import { connect, connectPorts, isFabricsError } from '@nvmf/fabrics-connect'

const [nqn, traddr, root = '/'] = process.argv.slice(2)
try {
  const made = await connect({ transport: 'tcp', traddr, nqn }, connectPorts({ root }), { owner: 'example' })
  console.log(made.device, made.ownership.outcome)
} catch (error) {
  if (!isFabricsError(error)) throw error
  console.log(error.code, error.device, error.owner)
}
