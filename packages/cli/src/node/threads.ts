/**
 * Gives libuv's pool as many threads as system calls will block at once: a write to delete_controller sleeps in the kernel
 * until the controller is gone, a minute for a target that is dead, and four such would hold up everything.
 *
 * The pool reads the variable when the first call is given to it, and this process gives it none before: what it reads
 * earlier, it reads synchronously. docs/decisions/0008-threads-for-deleting.md has the alternatives.
 */
export function blockAtOnce(calls: number): void {
  process.env['UV_THREADPOOL_SIZE'] = String(Math.max(calls, LEAST))
}

const LEAST = 4
