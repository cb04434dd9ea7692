/**
 * The mutants that no test can tell from what we ship, and why. `line` is the beginning of the source line, `becomes` what
 * the mutants make of a part of it; without `becomes`, every mutant of that line that survives is meant.
 */
const NO_ERRNO = 'What stands for the errno of an error that has none is in no list, whatever it is.'
const ONLY_SET = 'Only an attribute that is set has a value: an undefined one is equal to nobody.'
const NO_WATCH_ERROR = "libuv's inotify never reports an error of a watch; Node's documentation leaves it open."
const NEVER_NULL = "libuv's inotify names every event; Node's documentation leaves it open."
const WATCHED_ANEW = 'It watches the same directory anew, and reads it after that.'
const QUICKER = 'It is a quicker way to the same.'

export const SURVIVORS = [
  {
    file: 'src/node/registry.ts',
    line: "const root = options.root ?? '/'",
    becomes: ['""'],
    why: "The paths below no root at all are the host's own too.",
  },
  {
    file: 'src/node/watch.ts',
    line: 'this.#watches = new DirectoryWatches(',
    becomes: ['() => undefined'],
    why: NO_WATCH_ERROR,
  },
  {
    file: 'src/node/directory-watch.ts',
    line: "watcher.on('error', () => this.#failed())",
    becomes: ['""', '() => undefined'],
    why: NO_WATCH_ERROR,
  },
  {
    file: 'src/node/directory-watch.ts',
    line: 'this.#open.delete(path)',
    becomes: [';'],
    why: 'To close a watch once more does nothing, and to open one replaces it.',
  },
  {
    file: 'src/node/sys.ts',
    line: 'stat: path => info(statSync(path, { bigint: true })),',
    becomes: ['{}', 'false'],
    why: 'It is for inode numbers beyond 2^53, and no file system that a test can write to gives one.',
  },
  {
    file: 'src/node/sys.ts',
    line: 'if (buffer.length < limit) buffer =',
    becomes: ['true', 'buffer.length <= limit'],
    why: 'A buffer of its own for each reading costs more and reads the same.',
  },
  {
    file: 'src/node/watch.ts',
    line: 'const missing = [root, ...registryParents.slice(0, -1)].find(',
    becomes: ['registryParents'],
    why: 'The watch on the registry is replaced at once by the one that is meant, or there is no registry.',
  },
  {
    file: 'src/node/watch.ts',
    line: 'if (name === null || name === basename(path) ||',
    becomes: ['false'],
    why: NEVER_NULL,
  },
  {
    file: 'src/node/watch.ts',
    line: 'if (missing === undefined) this.#watches.open(registry,',
    becomes: ['true'],
    why: 'What has no parents is not there, so no watch is opened.',
  },
  {
    file: 'src/node/watch.ts',
    line: 'if (name === null || name === basename(this.#layout.registry)) this.#doubt()',
    becomes: ['false', 'name === null && name === basename(this.#layout.registry)', ';'],
    why: `${NEVER_NULL} And what becomes of the registry, its parent's watch tells too, but for an unmount, which needs root.`,
  },
  {
    file: 'src/node/watch.ts',
    line: 'if (name === null || name === OWNER ||',
    becomes: ['false'],
    why: NEVER_NULL,
  },
  {
    file: 'src/node/watch.ts',
    line: 'if (name === null || name === OWNER ||',
    becomes: ['true'],
    why: WATCHED_ANEW,
  },
  {
    file: 'src/node/watch.ts',
    line: 'if (this.#heard > DOUBTFUL_BURST) this.#doubt()',
    becomes: ['this.#heard >= DOUBTFUL_BURST'],
    why: 'It doubts one event sooner; the number is far from where it matters.',
  },
  {
    file: 'src/node/watch.ts',
    line: 'this.#dirty.set(device, replaced ||',
    becomes: ['true'],
    why: WATCHED_ANEW,
  },
  {
    file: 'src/node/watch.ts',
    line: 'if (replaced) this.#watches.open(',
    becomes: ['true'],
    why: WATCHED_ANEW,
  },
  {
    file: 'src/node/watch.ts',
    line: "const absent = ownership.state === 'unowned' &&",
    becomes: ['true'],
    why: 'Nothing but what is unowned has that reason.',
  },
  {
    file: 'src/node/watch.ts',
    line: 'if (absent) this.#known.delete(device)',
    becomes: ['false'],
    why: 'An entry that is known to be none is told of as one that is not known.',
  },
  {
    file: 'src/node/watch.ts',
    line: "ownership.state === 'owned' ? ownership.owner",
    becomes: ['true'],
    why: 'Nothing but what is owned has an owner.',
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
    line: 'for (let i = 0; i < octets.length; i++)',
    becomes: ['i <= octets.length'],
    why: 'What is written behind the end of a typed array is lost.',
  },
  {
    file: 'src/utf8.ts',
    line: '} catch (error) {',
    becomes: ['{}'],
    why: 'decodeURIComponent() throws nothing but URIError, and the end of the function gives undefined too.',
  },
  {
    file: 'src/utf8.ts',
    line: 'function isAscii(',
    becomes: ['{}'],
    why: QUICKER,
  },
  {
    file: 'src/utf8.ts',
    line: 'return true',
    becomes: ['false'],
    why: QUICKER,
  },
  {
    file: 'src/utf8.ts',
    line: 'for (let i = 0; i < bytes.length; i++)',
    becomes: ['i <= bytes.length'],
    why: 'What is behind the end of a typed array is no byte of 0x80 or more.',
  },
  {
    file: 'src/utf8.ts',
    line: 'for (let i = 0; i < bytes.length; i++)',
    becomes: ['true'],
    why: QUICKER,
  },
  {
    file: 'src/values.ts',
    line: 'if (!(error instanceof URIError)) throw error',
    becomes: ['false'],
    why: 'encodeUtf8() throws nothing else.',
  },
  {
    file: 'src/protocol/claim.ts',
    line: 'const claimed = claimPinned(',
    becomes: ['""'],
    why: "Whatever is not 'ask' is a steal.",
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
