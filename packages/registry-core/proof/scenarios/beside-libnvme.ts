import { type Beside, endsBeside, endsWithoutTrash, watchBeside, watchLosses } from '../beside-libnvme.ts'
import { libnvmeConnectsFor, libnvmeDelete, libnvmeRule, libnvmeSets } from '../libnvme.ts'
import { claimsFor } from '../ownership.ts'
import { bare, connectsFor, helper, owned, reader, removal, removalForTwo, stranger, sweeper } from '../programs.ts'
import type { Scenario } from '../scenario.ts'

const libnvmeStas = libnvmeConnectsFor('stas')
const stas = connectsFor('stas')
const common = { watch: watchBeside, end: endsBeside, prepare: owned, happenings: [removal] }

const claiming = { watch: watchLosses, end: endsWithoutTrash, prepare: owned, happenings: [] }

/** libnvme 3 on the same host, with its writers and its rule. */
export const BESIDE_LIBNVME: readonly Scenario<Beside>[] = [
  {
    ...common,
    name: 'libnvme connects while our helper handles the removal of a controller of ours',
    processes: { libnvmeStas, helper },
  },
  {
    ...common,
    name: "we connect while libnvme's rule handles the removal of a controller of ours",
    processes: { stas, libnvmeUdev: libnvmeRule },
  },
  {
    ...common,
    name: 'a sweep of ours runs while libnvme connects',
    processes: { libnvmeStas, sweeper },
    end: endsWithoutTrash,
  },
  {
    ...common,
    name: "libnvme's update sets an owner while our helper clears the dead entry and a stranger has the number",
    processes: { libnvmeUpdate: libnvmeSets('owner', 'theirs'), helper },
    happenings: [removal, stranger],
    end: endsWithoutTrash,
  },
  {
    ...common,
    name: "libnvme's update sets an attribute while a new owner of ours connects",
    processes: { libnvmeUpdate: libnvmeSets('note', 'theirs'), stas },
    end: endsWithoutTrash,
  },
  {
    ...common,
    name: "libnvme's delete takes the entry while our helper clears it and a new owner connects",
    processes: { libnvmeDelete, helper, stas },
    end: endsWithoutTrash,
  },
]

/** libnvme writes where owners change hands. */
export const CLAIMING_BESIDE_LIBNVME: readonly Scenario<{ readonly owned: string | null }>[] = [
  {
    ...claiming,
    name: "libnvme's update sets an owner while we claim what has no entry",
    processes: { libnvmeUpdate: libnvmeSets('owner', 'theirs'), a: claimsFor('a') },
    prepare: bare,
  },
  {
    ...claiming,
    name: "libnvme's delete takes the entry while we steal it",
    processes: { libnvmeDelete, a: claimsFor('a', true) },
  },
]

/** Three at once. */
export const BESIDE_LIBNVME_CROWDED: readonly Scenario<Beside>[] = [
  {
    ...common,
    name: "we connect while libnvme's rule and our helper handle the same removal",
    processes: { stas, libnvmeUdev: libnvmeRule, helper },
    happenings: [removalForTwo],
  },
  {
    ...common,
    name: 'libnvme connects while our helper and our sweep clear the entry of a controller of ours',
    processes: { libnvmeStas, helper, sweeper },
    end: endsWithoutTrash,
  },
  {
    ...common,
    name: 'libnvme connects while our helper clears the dead entry and our reader looks',
    processes: { libnvmeStas, helper, reader },
  },
]
