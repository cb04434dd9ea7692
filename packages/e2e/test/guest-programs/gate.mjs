/*
 * A TCP proxy that can be shut: node gate.mjs TARGET BYTES PORT…
 * Shut, its connections stay up and no byte passes: to the host it is a target that hangs. It shuts by itself once
 * BYTES have come from the target (`all`: never), or with SIGUSR1; SIGUSR2 opens it for good.
 */
import { connect, createServer } from 'node:net'

const [target, bytes, ...ports] = process.argv.slice(2)
const sockets = new Set()
let left = bytes === 'all' ? Number.POSITIVE_INFINITY : Number(bytes)

function shut() {
  left = 0
  for (const socket of sockets) socket.pause()
  process.stdout.write('shut\n')
}

function pipe(from, to, passed) {
  sockets.add(from)
  from.on('data', data => {
    to.write(data)
    passed(data)
  })
  from.on('error', () => to.destroy())
  from.on('close', () => {
    sockets.delete(from)
    to.destroy()
  })
  from.setNoDelay()
  if (left > 0) from.resume()
}

function join(client) {
  const upstream = connect({ host: '127.0.0.1', port: Number(target) })
  pipe(client, upstream, () => {})
  pipe(upstream, client, data => {
    left -= data.length
    if (left <= 0) shut()
  })
}

process.on('SIGUSR1', shut)
process.on('SIGUSR2', () => {
  left = Number.POSITIVE_INFINITY
  for (const socket of sockets) socket.resume()
  process.stdout.write('open\n')
})
let listening = 0
for (const port of ports) {
  createServer({ pauseOnConnect: true }, join).listen(Number(port), '127.0.0.1', () => {
    if (++listening === ports.length) process.stdout.write('listening\n')
  })
}
