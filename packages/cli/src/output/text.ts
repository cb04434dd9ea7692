/** Text from elsewhere (a target's NQN, an attribute) as a terminal may show it: what could steer it is spelled out. */
export const visible = (text: string): string =>
  PLAIN.test(text)
    ? text
    : text.replace(
        /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
        character => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
      )

/** Nearly every text, and told in no time: a table of a thousand lines has many. */
const PLAIN = /^[ -~]*$/

/** `1 controller`, `2 controllers` */
export const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`
