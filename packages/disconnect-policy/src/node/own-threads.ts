import { closeSync, openSync, statSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { type OpenDevice, openDevice as onThePool } from '@nvmf/controllers'

/** What a thread does, all its life: one blocking write after the other. Text, so that no bundler has to find a file. */
const THREAD = `
const { parentPort } = require('node:worker_threads')
const { writeSync } = require('node:fs')
parentPort.on('message', ({ fd, text }) => {
  try {
    writeSync(fd, text)
    parentPort.postMessage({})
  } catch ({ message, code }) {
    parentPort.postMessage({ message, code })
  }
})`

/**
 * An {@link OpenDevice} for writing that leaves libuv's pool alone: each open file has a thread of its own to block in, so
 * a process that does other things too can delete many controllers whose targets are dead. A thread costs some 15 ms, and
 * is used again; one is started at a time, and only while somebody waits for one.
 *
 * `end()` lets the threads go, when no file is open any more.
 */
export function ownThreads(): { readonly openDevice: OpenDevice; readonly end: () => Promise<void> } {
  const all: Worker[] = []
  const idle: Worker[] = []
  const waiting: ((worker: Worker) => void)[] = []
  let starting = false

  const give = (worker: Worker): void => {
    const next = waiting.shift()
    if (next === undefined) idle.push(worker)
    else next(worker)
    start()
  }
  const start = (): void => {
    if (starting || waiting.length === 0) return
    starting = true
    const worker = new Worker(THREAD, { eval: true, stdin: false })
    all.push(worker)
    worker.once('online', () => {
      starting = false
      give(worker)
    })
  }
  const take = (): Promise<Worker> =>
    new Promise(resolve => {
      const free = idle.pop()
      if (free !== undefined) return resolve(free)
      waiting.push(resolve)
      start()
    })

  const openDevice: OpenDevice = async (path, mode) => {
    // A virtual host's device is a socket: it blocks nobody.
    if (mode !== 'w' || statSync(path).isSocket()) return onThePool(path, mode)
    // The thread first: between a caller's last look and its write there is no waiting for one.
    const worker = await take()
    let fd: number | undefined
    try {
      fd = openSync(path, 'w')
    } catch (error) {
      give(worker)
      throw error
    }
    const open = fd
    return {
      write: text =>
        new Promise((resolve, reject) => {
          worker.once('message', ({ message, code }: { message?: string; code?: string }) =>
            message === undefined ? resolve() : reject(Object.assign(new Error(message), { code })),
          )
          // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, and no window
          worker.postMessage({ fd: open, text })
        }),
      read: () => Promise.reject(new Error('not open for reading')),
      async close() {
        if (fd === undefined) return
        closeSync(fd)
        fd = undefined
        give(worker)
      },
    }
  }
  return { openDevice, end: async () => void (await Promise.all(all.map(worker => worker.terminate()))) }
}
