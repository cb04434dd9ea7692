/*
 * A TCP proxy that can be shut: node gate.mjs TARGET BYTES PORT…
 * Shut, its connections stay up and no answer passes: to the host it is a target that hangs. It shuts by itself once
 * BYTES have come from the target (`all`: never), or with SIGUSR1; SIGUSR2 opens it for good. It says `listening`,
 * `shut`, and `asked` when the host sends something then.
 */
import { connect, createServer } from 'node:net'

const [target, bytes, ...ports] = process.argv.slice(2)
/** The connections to the target: what comes from there is kept back. */
const targets = new Set()
let left = bytes === 'all' ? Number.POSITIVE_INFINITY : Number(bytes)

function shut() {
  left = 0
  for (const socket of targets) socket.pause()
  process.stdout.write('shut\n')
}

function pipe(from, to, passed) {
  from.on('data', data => {
    to.write(data)
    passed(data)
  })
  from.on('error', () => to.destroy())
  from.on('close', () => to.destroy())
  from.setNoDelay()
}

function join(host) {
  const upstream = connect({ host: '127.0.0.1', port: Number(target) })
  targets.add(upstream)
  upstream.on('close', () => targets.delete(upstream))
  pipe(host, upstream, () => left <= 0 && process.stdout.write('asked\n'))
  pipe(upstream, host, data => {
    left -= data.length
    if (left <= 0) shut()
  })
  if (left <= 0) upstream.pause()
}

process.on('SIGUSR1', shut)
process.on('SIGUSR2', () => {
  left = Number.POSITIVE_INFINITY
  for (const socket of targets) socket.resume()
  process.stdout.write('open\n')
})
let listening = 0
for (const port of ports) {
  createServer(join).listen(Number(port), '127.0.0.1', () => {
    if (++listening === ports.length) process.stdout.write('listening\n')
  })
}
