/** Fills more than this, and looking up becomes slow. */
const FULLEST = 0.6

/**
 * Tuples of integers, each kept once and named by the order in which it came: 0, 1, 2 ... Compared integer by integer, so
 * two that differ are never taken for one. A tuple costs four bytes per integer and about ten for finding it again.
 */
export class IntTable {
  readonly width: number
  size = 0
  #rows: Int32Array
  /** Open addressing: the tuple's number plus one, or 0. */
  #slots: Int32Array

  constructor(width: number, capacity = 1 << 10) {
    this.width = width
    this.#rows = new Int32Array(capacity * width)
    this.#slots = new Int32Array(capacity * 2)
  }

  /** The number of the tuple in `row`; if it is the former `size`, the tuple is new. */
  intern(row: ArrayLike<number>): number {
    const { width } = this
    const mask = this.#slots.length - 1
    let at = hash(row, width) & mask
    for (let found = this.#slots[at] as number; found !== 0; found = this.#slots[at] as number) {
      if (this.#equals((found - 1) * width, row)) return found - 1
      at = (at + 1) & mask
    }
    const number = this.size++
    if (number * width === this.#rows.length) this.#rows = larger(this.#rows)
    for (let i = 0; i < width; i++) this.#rows[number * width + i] = row[i] as number
    this.#slots[at] = number + 1
    if (this.size > this.#slots.length * FULLEST) this.#spread()
    return number
  }

  at(number: number, column: number): number {
    return this.#rows[number * this.width + column] as number
  }

  #equals(from: number, row: ArrayLike<number>): boolean {
    for (let i = 0; i < this.width; i++) if (this.#rows[from + i] !== row[i]) return false
    return true
  }

  #spread(): void {
    const slots = new Int32Array(this.#slots.length * 2)
    const mask = slots.length - 1
    for (let number = 0; number < this.size; number++) {
      const from = number * this.width
      let at = hash(this.#rows.subarray(from, from + this.width), this.width) & mask
      while (slots[at] !== 0) at = (at + 1) & mask
      slots[at] = number + 1
    }
    this.#slots = slots
  }
}

/** The same integers with room for as many more. */
export function larger<T extends Int32Array | Float64Array>(list: T): T {
  const copy = new (list.constructor as new (length: number) => T)(list.length * 2)
  copy.set(list)
  return copy
}

/** Murmur3's mixing: neighbouring tuples must not be neighbours here. */
function hash(row: ArrayLike<number>, width: number): number {
  let h = width
  for (let i = 0; i < width; i++) {
    let k = Math.imul(row[i] as number, 0xcc9e2d51)
    k = (k << 15) | (k >>> 17)
    h ^= Math.imul(k, 0x1b873593)
    h = Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
