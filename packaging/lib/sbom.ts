import { createHash } from 'node:crypto'
import type { Bundled } from './bundled.ts'

/** A file that is released, and what of others is in it. */
export interface Released {
  file: string
  name: string
  version: string
  license: string
  sha256: string
  contains: readonly Bundled[]
}

interface Package {
  SPDXID: string
  name: string
  versionInfo?: string
  [field: string]: unknown
}

const id = (text: string): string => `SPDXRef-${text.replaceAll(/[^A-Za-z0-9.-]/g, '-')}`

/** The bill of materials of a release: an SPDX 2.3 document as JSON text, the same for the same files. */
export function sbom(version: string, released: readonly Released[], epoch: number): string {
  const others = new Map<string, Bundled>()
  for (const each of released.flatMap(({ contains }) => contains)) others.set(key(each), each)
  const files = released.toSorted((a, b) => (a.file < b.file ? -1 : 1))
  const digest = createHash('sha256').update(files.map(({ sha256 }) => sha256).join())
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `nvmf-${version}`,
    documentNamespace: `https://spdx.org/spdxdocs/nvmf-${version}-${digest.digest('hex').slice(0, 32)}`,
    creationInfo: {
      created: new Date(epoch * 1000).toISOString().replace(/\.\d+/, ''),
      creators: ['Organization: The nvmf authors', 'Tool: nvmf-packaging'],
    },
    packages: [...files.map(ours), ...[...others.values()].map(theirs)],
    relationships: [
      ...files.map(({ file }) => relation('SPDXRef-DOCUMENT', 'DESCRIBES', id(file))),
      ...files.flatMap(({ file, contains }) => contains.map(each => relation(id(file), 'CONTAINS', id(key(each))))),
    ],
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}

const key = ({ name, version }: Bundled): string => `${name}-${version ?? 'unknown'}`

const relation = (spdxElementId: string, relationshipType: string, relatedSpdxElement: string): object => ({
  spdxElementId,
  relationshipType,
  relatedSpdxElement,
})

const ours = ({ file, name, version, license, sha256 }: Released): Package => ({
  SPDXID: id(file),
  name,
  versionInfo: version,
  packageFileName: file,
  supplier: 'Organization: The nvmf authors',
  downloadLocation: 'NOASSERTION',
  filesAnalyzed: false,
  checksums: [{ algorithm: 'SHA256', checksumValue: sha256 }],
  licenseConcluded: license,
  licenseDeclared: license,
  copyrightText: 'NOASSERTION',
})

const theirs = (each: Bundled): Package => ({
  SPDXID: id(key(each)),
  name: each.name,
  ...(each.version === undefined ? {} : { versionInfo: each.version }),
  supplier: each.supplier === 'NOASSERTION' ? each.supplier : `Person: ${each.supplier}`,
  downloadLocation: 'NOASSERTION',
  filesAnalyzed: false,
  licenseConcluded: each.license,
  licenseDeclared: each.license,
  copyrightText: 'NOASSERTION',
  ...(each.purl === undefined
    ? {}
    : {
        externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: each.purl }],
      }),
})
