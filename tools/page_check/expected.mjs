// What a folder of runs implies, worked out from its result.json files alone.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// Options that say where and how a run was made: docs/reports.md.
const withoutEffect = new Set(['seed', 'threads', 'workers', 'data_dir', 'cache_dir', 'no_cache', 'log_dir',
  'exp_name', 'save_buffer', 'save_model', 'energy']);

function resultsBelow(folder, name) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return resultsBelow(path, name);
    return entry.name === name ? [JSON.parse(readFileSync(path, 'utf8'))] : [];
  });
}

// Runs that differ only in their seed are one point.
function groupKey(run) {
  const options = Object.entries(run.config).filter(([name]) => !withoutEffect.has(name))
    .map(([name, value]) => [name, name === 'device' ? value.split(':')[0] : value]).sort();
  const slots = run.config.memory_bytes ? 'budget' : run.buffer?.slots;
  const shown = options.filter(([name]) => name !== 'memory_size');
  return JSON.stringify(['imported' in run, slots, shown]);
}

const isNumber = (value) => typeof value === 'number';

/** {runs, sparsifications, groups, points: {"measured final": n, ...}}: how many of each there have to be. */
export function expectedCounts(folder) {
  const runs = resultsBelow(folder, 'result.json'), groups = new Map();
  for (const run of runs) groups.set(groupKey(run), [...(groups.get(groupKey(run)) ?? []), run]);
  const bytes = { measured: 'measured', exact: 'exact', published: 'published_mib' }, points = {};
  for (const [name, key] of Object.entries(bytes))
    for (const accuracy of ['final', 'best'])
      points[`${name} ${accuracy}`] = [...groups.values()].filter((members) =>
        members.some((run) => isNumber(run.bytes?.[key])) && members.some((run) => isNumber(run.accuracy[accuracy]))).length;
  return { runs: runs.length, groups: groups.size, points, sparsifications: resultsBelow(folder, 'fine-tune.json').length };
}
