/**
 * The mutants that no test can tell from what we ship, and why. `line` is the beginning of the source line, `becomes` what
 * the mutants make of a part of it; without `becomes`, every mutant of that line that survives is meant.
 */
const NO_ERRNO = 'What stands for the errno of an error that has none is in no list, whatever it is.'
const ONLY_SET = 'Only an attribute that is set has a value: an undefined one is equal to nobody.'
const QUICKER = 'It is a quicker way to the same.'

export const SURVIVORS = [
  {
    file: 'src/index.ts',
    line: "const root = options.root ?? '/'",
    becomes: ['""'],
    why: "The paths below no root at all are the host's own too.",
  },
  {
    file: 'src/sys.ts',
    line: 'if (expected.includes(errnoOf(error)',
    becomes: ['"Stryker was here!"'],
    why: NO_ERRNO,
  },
  {
    file: 'src/utf8.ts',
    line: 'if (isAscii(bytes)) return String.fromCharCode',
    becomes: ['false'],
    why: QUICKER,
  },
  {
    file: 'src/utf8.ts',
    line: 'if (error instanceof URIError) return undefined',
    becomes: ['true'],
    why: 'decodeURIComponent() throws nothing else.',
  },
  {
    file: 'src/utf8.ts',
    line: 'const octets = ASCII.test(text) ? text',
    becomes: ['false'],
    why: QUICKER,
  },
  {
    file: 'src/utf8.ts',
    line: 'for (let i = 0; i < octets.length; i++)',
    becomes: ['i <= octets.length'],
    why: 'What is written behind the end of a typed array is lost.',
  },
  {
    file: 'src/utf8.ts',
    line: 'for (let i = 0; i < bytes.length; i++)',
    becomes: ['i <= bytes.length', 'true'],
    why: `What is behind the end is not 0x80 or more; and without the quick way for ASCII: ${QUICKER}`,
  },
  {
    file: 'src/values.ts',
    line: 'if (!(error instanceof URIError)) throw error',
    becomes: ['false'],
    why: 'encodeUtf8() throws nothing else.',
  },
  {
    file: 'src/writer-token.ts',
    line: "const text = file.kind === 'file' ?",
    becomes: ['"Stryker was here!"'],
    why: 'It has no field 22 either.',
  },
  {
    file: 'src/protocol/claim.ts',
    line: 'const claimed = claimPinned(',
    becomes: ['""'],
    why: "Whatever is not 'ask' is a steal.",
  },
  {
    file: 'src/protocol/claim.ts',
    line: 'return done === undefined || stands(',
    becomes: ['false'],
    why: 'Saves the look at what is done again anyhow.',
  },
  {
    file: 'src/protocol/claim.ts',
    line: 'if (liveIncarnation(sys, layout, device) !== incarnation) return undefined',
    becomes: ['false'],
    why: 'A short cut: the next round finds out too, by its own last look or by that of a new entry.',
  },
  {
    file: 'src/protocol/claim.ts',
    line: "if (from.state === 'set' && from.value === owner)",
    becomes: ['true'],
    why: ONLY_SET,
  },
  {
    file: 'src/protocol/claim.ts',
    line: "if (current.state === 'set' && current.value === owner)",
    becomes: ['true'],
    why: ONLY_SET,
  },
  {
    file: 'src/protocol/claim.ts',
    line: "if (now.state !== 'set' || now.value !== current.value)",
    becomes: ['false'],
    why: ONLY_SET,
  },
  {
    file: 'src/protocol/claim.ts',
    line: 'return aloneChanging(sys, device, dir, formatValue(',
    becomes: ['""'],
    why: 'The name is for a message about a bad value, and this one was just read as a good one.',
  },
  {
    file: 'src/protocol/entry-dir.ts',
    line: "if (['ENOENT', 'ENOTDIR', 'EINVAL'].includes(",
    becomes: ['"Stryker was here!"'],
    why: NO_ERRNO,
  },
  {
    file: 'src/protocol/entry-dir.ts',
    line: "if (['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(",
    becomes: ['"Stryker was here!"'],
    why: NO_ERRNO,
  },
  {
    file: 'src/protocol/leftovers.ts',
    line: "if (['ENOENT', 'EISDIR', 'EPERM'].includes(",
    becomes: ['"Stryker was here!"'],
    why: NO_ERRNO,
  },
  {
    file: 'src/protocol/leftovers.ts',
    line: 'if (token === undefined || !writerIsGone(sys, token)) return false',
    becomes: ['false'],
    why: 'The word "undefined" is no token either.',
  },
  {
    file: 'src/protocol/leftovers.ts',
    line: 'return token !== undefined && writerIsGone(sys, token)',
    becomes: ['true'],
    why: 'The word "undefined" is no token either.',
  },
  {
    file: 'src/protocol/leftovers.ts',
    line: "if (errno === 'ENOENT' || errno === 'ENOTDIR' || (error instanceof RegistryError",
    becomes: ["error instanceof RegistryError || error.code === 'damaged'", 'true'],
    why: '`damaged` is the one RegistryError that emptying a directory can throw.',
  },
  {
    file: 'src/protocol/place.ts',
    line: "if (theirs.state === 'absent' && condemn(sys, there) !== 'condemned') continue",
    becomes: ['""'],
    why: 'The next round finds the mark that was just made, and empties what it marks.',
  },
  {
    file: 'src/protocol/publish.ts',
    line: 'const there = place(sys, layout, device, staged, incarnation,',
    becomes: ['""'],
    why: "Whatever is not 'keep' replaces.",
  },
  {
    file: 'src/protocol/staging.ts',
    line: 'return stamp !== undefined && isSeqnum(stamp)',
    becomes: ['true'],
    why: 'The word "undefined" is no number either.',
  },
  {
    file: 'src/protocol/judge.ts',
    line: 'return event !== undefined && stamp !== undefined && isSeqnum(stamp)',
    becomes: ['true'],
    why: 'The word "undefined" is no number either.',
  },
  {
    file: 'src/protocol/sweep.ts',
    line: 'const attempt = (step: () => void, unreadable',
    becomes: ['() => undefined'],
    why: 'No is no.',
  },
  {
    file: 'src/protocol/sweep.ts',
    line: 'if (errnoOf(error) === undefined || error instanceof RegistryError) throw error',
    why: 'It is thrown when the rest is swept instead of at once: the same error.',
  },
  {
    file: 'src/protocol/sweep.ts',
    line: '() => !canBeRead(sys, layout, device) && kept.push(',
    why: 'push() gives a length, which is 1 at least.',
  },
  {
    file: 'src/protocol/attribute.ts',
    line: "attribute.state === 'set' ? attribute.value : undefined",
    becomes: ['true'],
    why: ONLY_SET,
  },
  {
    file: 'src/protocol/live-entry.ts',
    line: "if (!['ENOENT', 'ENXIO', 'ENODEV', 'EAGAIN'].includes(",
    becomes: ['"Stryker was here!"'],
    why: NO_ERRNO,
  },
  {
    file: 'src/protocol/live-entry.ts',
    line: 'if (there !== undefined) return { dir: there, identified:',
    becomes: ['false', '""'],
    why: 'It is identified once more then, and found decided, the same way.',
  },
  {
    file: 'src/protocol/live-entry.ts',
    line: 'if (identified) return true',
    becomes: ['false'],
    why: 'Then it is read back, which says the same.',
  },
  {
    file: 'src/protocol/live-entry.ts',
    line: "return decided.state === 'set' && decided.value === incarnation",
    becomes: ['false', 'true', "decided.state !== 'set'", '""'],
    why: 'The next round finds the incarnation that another claimer gave it; and only what is set has a value.',
  },
  {
    file: 'src/protocol/attributes.ts',
    line: 'for (let attempt = 0; attempt < ATTEMPTS; attempt++) {',
    becomes: ['attempt <= ATTEMPTS'],
    why: 'The last attempt throws by itself.',
  },
  {
    file: 'src/protocol/delete.ts',
    line: "if (unless(['ENOENT'], () => (sys.rename(",
    becomes: ['false'],
    why: 'Anything but undefined says that it was renamed.',
  },
  {
    file: 'src/protocol/judge.ts',
    line: "if (names.includes(INCARNATION)) return 'look again'",
    becomes: ['false'],
    why: 'symlink(2) says so too.',
  },
  {
    file: 'src/protocol/judge.ts',
    line: "if (errno === 'EEXIST' || errno === 'ENOENT') return 'look again'",
    becomes: ['""'],
    why: "Whatever is neither 'condemned' nor 'empty' leads to another round, whose list shows what is there.",
  },
  {
    file: 'src/protocol/reap.ts',
    line: "if (error instanceof RegistryError && (error.code === 'damaged' || error.code === 'no-sysfs'))",
    why: 'No other RegistryError comes out of what a reap does, and no other error has such a code.',
  },
  {
    file: 'src/protocol/reap.ts',
    line: 'const cleared = ours ? clearEntry(',
    becomes: ['["Stryker was here"]'],
    why: 'What was listed is only asked for the names `owner` and `incarnation`.',
  },
]
