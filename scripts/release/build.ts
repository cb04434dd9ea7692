/**
 * Builds everything that one release publishes into one folder: deb and rpm for both architectures, the npm tarballs,
 * SHA256SUMS and the bill of materials.
 *
 *   node scripts/release/build.ts [--out DIR] [--builder nfpm|own]
 *
 * --out defaults to dist/release. The workflow builds with nfpm, which scripts/release/nfpm.sh fetches.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { writeManifest } from '../../packaging/lib/manifest.ts'
import { packPublic } from '../../packaging/lib/npm.ts'
import { buildPackages } from '../../packaging/lib/packages.ts'
import { ROOT } from '../lib/steps.ts'

const { values } = parseArgs({ options: { out: { type: 'string' }, builder: { type: 'string', default: 'nfpm' } } })
const out = resolve(values.out ?? join(ROOT, 'dist/release'))
const builder = values.builder === 'own' ? 'own' : 'nfpm'
rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
buildPackages({ root: ROOT, out, formats: ['deb', 'rpm'], builder, archs: ['amd64', 'arm64'] })
packPublic(ROOT, out)
writeManifest(ROOT, out)
