/** Hands out the lowest free number, as the kernel's IDA does, so that a freed one is given again at once. */
export class NumberPool {
  readonly #first: number
  readonly #used = new Set<number>()

  constructor(first: number) {
    this.#first = first
  }

  take(): number {
    let number = this.#first
    while (this.#used.has(number)) number++
    this.#used.add(number)
    return number
  }

  free(number: number): void {
    this.#used.delete(number)
  }
}
