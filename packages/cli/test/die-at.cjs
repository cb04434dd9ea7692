// Preloaded into the command: ends the process with SIGKILL right before its NVMF_DIE_AT-th call of the file system since it
// has begun to announce something. Without NVMF_DIE_AT it prints how many calls there were.
const fs = require('node:fs')

const CALLS =
  'chmodSync closeSync fchmodSync fstatSync linkSync mkdirSync openSync readSync readdirSync readlinkSync renameSync rmdirSync statSync symlinkSync unlinkSync writeSync'
const dieAt = Number(process.env.NVMF_DIE_AT ?? Number.POSITIVE_INFINITY)
let calls = 0

for (const name of CALLS.split(' ')) {
  const real = fs[name]
  fs[name] = (...args) => {
    if (calls > 0 || (name === 'mkdirSync' && String(args[0]).includes('/.announced'))) {
      calls++
      if (calls === dieAt) process.kill(process.pid, 'SIGKILL')
    }
    return real(...args)
  }
}
process.on('exit', () => {
  if (dieAt === Number.POSITIVE_INFINITY) process.stderr.write(`calls: ${calls}\n`)
})
