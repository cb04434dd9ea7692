/** Control characters, line and paragraph separators, and the marks that reorder a terminal's text. */
// oxlint-disable-next-line no-control-regex -- these are the characters that it looks for
const STEERING = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/** Text from elsewhere (a target's NQN, an attribute) as a terminal may show it: what could steer it is spelled out. */
export const visible = (text: string): string =>
  text.replace(STEERING, character => `\\u{${character.charCodeAt(0).toString(16)}}`)

/** `1 controller`, `2 controllers` */
export const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`
