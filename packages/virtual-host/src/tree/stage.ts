import { chmodSync, closeSync, constants, mkdirSync, openSync, renameSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:net'
import { join } from 'node:path'

/**
 * Where things are made before they appear: files and directories come into the tree by rename, so a reader sees all
 * of one or nothing.
 *
 * Sockets are bound here too, through a path of a few bytes: `sun_path` takes 108 and the root may be long. libuv
 * unlinks the path that it bound when the server closes; that name is never used again, so this hits nothing.
 */
export class Stage {
  readonly directory: string
  readonly #fd: number
  #names = 0

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true })
    this.directory = directory
    this.#fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY)
  }

  /** A name in the stage that nothing had before. */
  fresh(): string {
    return join(this.directory, String(++this.#names))
  }

  /** Puts a whole file in place of whatever is there. */
  file(path: string, text: string, mode = 0o444): void {
    const made = this.fresh()
    writeFileSync(made, text, { flag: 'wx' })
    chmodSync(made, mode)
    renameSync(made, path)
  }

  /** Puts a directory in place that `fill` has filled. */
  folder(path: string, fill: (made: string) => void): void {
    const made = this.fresh()
    mkdirSync(made, { mode: 0o755 })
    fill(made)
    renameSync(made, path)
  }

  /**
   * Makes `server` listen at `path`. Node binds within `listen()` and only reports later; that the socket is there is
   * checked by the rename.
   */
  socket(path: string, server: Server, mode: number): void {
    const made = this.fresh()
    const name = made.slice(this.directory.length + 1)
    server.listen({ path: `/proc/self/fd/${this.#fd}/${name}`, exclusive: true })
    chmodSync(made, mode)
    renameSync(made, path)
  }

  close(): void {
    closeSync(this.#fd)
  }
}
