#!/usr/bin/env node
/*
 * Prints what this machine's sysfs shows of NVMe, as one text: node capture.mjs [ROOT]
 *
 *   # text                a remark
 *   sys/class/nvme/ 1000  a directory with its inode number, and below it
 *     nvme0 -> ../x       a link
 *     state "live\n"      a file, as JSON
 *     address ! EIO       a file that cannot be read
 *
 * Inode numbers count from 1000 in the order of the text, so that the same scene gives the same text twice. Left out
 * is what only root may read (secrets), what changes by itself (statistics), and what has nothing to do with NVMe.
 * Plain JavaScript for Node 18 and newer without any dependency: it runs in the guest and on anybody's host.
 */
import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'

const root = process.argv[2] ?? '/'
const DISK = /^nvme[0-9]+(c[0-9]+)?n[0-9]+(p[0-9]+)?$/
const VOLATILE = /^(inflight|stat|diskseq|nuse|uevent|passthru_err_log_enabled|capability|events.*|discard_.*)$/
const TEDIOUS = /^(alignment_.*|ext_range|range|removable|partscan|start|bdi|csi|metadata_bytes)$/
/** Of a disk's queue/, which has 50 files. */
const QUEUE = ['logical_block_size', 'physical_block_size']

const lines = []
let inodes = 1000

/** Prints a directory and those below it that `descend` gives a visitor for. */
function directory(path, wanted, descend) {
  if (!statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory()) return
  lines.push(`${path}/ ${inodes++}`)
  const below = []
  for (const name of readdirSync(join(root, path)).sort()) {
    const found = lstatSync(join(root, path, name))
    if (found.isDirectory()) below.push(name)
    else if (wanted(name)) leaf(path, name, found)
  }
  for (const name of below) descend(`${path}/${name}`, name)
}

function leaf(path, name, found) {
  if (found.isSymbolicLink()) lines.push(`  ${name} -> ${readlinkSync(join(root, path, name))}`)
  else if ((found.mode & 0o004) !== 0) lines.push(`  ${name} ${contents(`${path}/${name}`)}`)
  // That it is there is a fact too: delete_controller.
  else if ((found.mode & 0o444) === 0) lines.push(`  ${name} ! EACCES`)
}

function contents(path) {
  try {
    return JSON.stringify(readFileSync(join(root, path), 'utf8'))
  } catch (error) {
    return `! ${error.code}`
  }
}

const lasting = name => !VOLATILE.test(name) && !TEDIOUS.test(name)
const nothing = () => {}

/** A controller's or a subsystem's directory, or a disk's in it. */
function device(path) {
  directory(path, lasting, (below, name) => {
    if (DISK.test(name)) device(below)
    else if (name === 'holders') directory(below, () => true, nothing)
    else if (name === 'queue') directory(below, attribute => QUEUE.includes(attribute), nothing)
  })
}

directory('sys/class', () => false, nothing)
for (const name of ['nvme', 'nvme-subsystem']) {
  const path = `sys/class/${name}`
  directory(path, () => true, nothing)
  if (!statSync(join(root, path), { throwIfNoEntry: false })) continue
  for (const link of readdirSync(join(root, path)).sort())
    device(posix.join(path, readlinkSync(join(root, path, link))))
}
process.stdout.write(lines.map(line => `${line}\n`).join(''))
