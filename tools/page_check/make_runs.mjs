// Writes a folder of made-up runs, as `packrat run` would leave them: the papers' grids on two data sets, several
// seeds, one budget spent after every block, a run of the original program, and names that need escaping; and a grid of
// sparsifications.
// The same bytes every time. Usage: node make_runs.mjs FOLDER
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const datasets = { CIFAR10: { classes: 10, tasks: 5 }, CIFAR100: { classes: 100, tasks: 20 } };
const encoders = { none: { values: 3072, learned: 0 }, 1: { values: 4096, learned: 0.02 }, 2: { values: 2048, learned: 0.1 },
  3: { values: 1024, learned: 0.16 } };

const grid = (compressor, options, list) => list.map((one) => ({ compressor, ...options(one) }));
const codecs = [
  { compressor: 'none' },
  ...grid('thinning', (f) => ({ compression_factor: f }), [0.5, 0.8, 0.9, 0.95]),
  ...['local', 'tiny_imagenet_transfer'].flatMap((strategy) =>
    grid('quantization', (k) => ({ n_states: k, strategy }), [2, 4, 8, 16, 32])),
  ...grid('convae', (c) => ({ latent_channels: c, n_blocks: 2 }), [1, 2, 4, 8, 16]),
  ...grid('fcae', (z) => ({ bottleneck_neurons: z, n_layers: 6 }), [2, 4, 8, 16, 32, 64]),
];

// Bytes of an entry and of what all share, by a formula of the codec's kind; nothing here is a measurement.
function bytesOf(codec, values, encoded) {
  switch (codec.compressor) {
    case 'none': return { entry: values * (encoded ? 4 : 1), shared: 0, slip: 1, quality: 1 };
    case 'thinning': return { entry: Math.round(values * (1 - codec.compression_factor)) * (encoded ? 6 : 3), shared: 0, slip: 1,
      quality: 1 - 0.3 * codec.compression_factor ** 4 };
    case 'quantization': return { entry: Math.ceil((values * Math.log2(codec.n_states)) / 8) + (codec.strategy === 'local' ? 8 : 0),
      shared: 8, slip: 1 / 8, quality: 1 - 0.35 / codec.n_states };
    case 'convae': return { entry: 64 * codec.latent_channels * 4, shared: 1000 * codec.latent_channels + 4000, slip: 1.3,
      quality: 0.55 + 0.02 * codec.latent_channels };
    default: return { entry: codec.bottleneck_neurons * 4, shared: 3.2e6, slip: 1.1, quality: 0.4 + 0.005 * codec.bottleneck_neurons };
  }
}

const specs = { none: () => 'none', thinning: (c) => `thin:factor=${c.compression_factor}`,
  quantization: (c) => `quantize:states=${c.n_states},range=${c.strategy === 'local' ? 'local' : '0:1.0785'}`,
  convae: () => 'convae', fcae: () => 'fcae' };

let written = 0;
function write(name, result) {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'result.json'), JSON.stringify({ exp_name: name, ...result }, null, 1));
  ++written;
}

function run(dataset, block, codec, slots, seed, more = {}) {
  const { classes, tasks } = datasets[dataset], { values, learned } = encoders[block];
  const encoded = block !== 'none', { entry, shared, slip, quality } = bytesOf(codec, values, encoded);
  const chance = 1 / classes, grown = (0.09 + learned) * Math.log10(slots) * quality * (dataset === 'CIFAR10' ? 1 : 0.6);
  const wobble = 0.012 * Math.sin(seed * 2.1 + slots + entry);
  const final = chance + (0.9 - chance) * (1 - Math.exp(-1.5 * Math.max(0, grown + wobble)));
  const exact = slots * entry + shared, settings = Object.values(codec).join('-');
  const budget = more.memory_bytes ? `_${more.memory_bytes}B` : '';
  write(`${dataset.toLowerCase()}_${block}_${settings}_${slots}${budget}_s${seed}`, {
    config: { dataset, num_tasks: tasks, num_classes_per_task: classes / tasks, encoder: encoded ? 'cutr34' : 'none',
      ...(encoded ? { encoding_block: block } : {}), ...codec, codec: '', memory_size: slots, seed, num_passes: 128,
      batch_size: 16, maxlr: 0.05, backbone: 'resnet', ...more },
    accuracy: { final, best: final + 0.015, task: Math.min(1, final + 0.25) },
    buffer: { codec: specs[codec.compressor](codec), slots, held: slots, classes },
    bytes: { published_mib: (exact * slip) / 2 ** 20, exact, measured: exact + slots + 40, why: 'labels are counted, "so" & <more>' },
    seconds: { load: 0.1, encode: 12, ingest: 1, train: 0.02 * slots, decode: 0.1, evaluate: 3 },
    peak_memory_bytes: 5e8, versions: { Packrat: '0.1.0', LibTorch: '1.13.0' },
  });
}

for (const dataset of Object.keys(datasets))
  for (const block of ['none', '3'])
    for (const codec of codecs)
      if (block === 'none' || codec.compressor !== 'convae')
        for (const slots of [10, 100, 1000, 10000])
          for (const seed of dataset === 'CIFAR10' && block === '3' ? [0, 1, 2] : [0]) run(dataset, block, codec, slots, seed);

const budget = 10 * 2 ** 20;
for (const block of Object.keys(encoders))
  for (const codec of [codecs[0], codecs[6]])
    for (const seed of [0, 1, 2]) {
      const { entry } = bytesOf(codec, encoders[block].values, block !== 'none');
      run('CIFAR10', block, codec, Math.min(50000, Math.floor(budget / (entry + 1))), seed, { memory_bytes: String(budget) });
    }

write('<img src=x onerror=alert(1)>', {
  imported: { from: 'checkpoint.log' },
  config: { dataset: 'CIFAR10', encoder: 'none', compressor: 'thinning', compression_factor: 0.5, memory_size: 100 },
  accuracy: { final: 0.25 }, bytes: { published_mib: 0.1 }, buffer: { slots: 100 },
});
// Sparsifications as `packrat sparsify` would leave them.
function sparsification(model, complex, method, C, seed, early) {
  const name = `${model}-${complex ? 'complex-' : ''}${method}-C${C}-seed${seed}${early ? '-early' : ''}`;
  const parameters = model === 'simpleconv' ? 431080 : 3256330, limit = parameters / (model === 'simpleconv' ? 580 : 4106);
  const compression = 1 / (1 / limit + 1 / (1 + 430 * C ** 1.02 * (1 + 0.01 * seed) * (method === 'vd' ? 1.03 : 1)));
  const accuracy = (model === 'simpleconv' ? 0.884 : 0.863) - 0.03 * (compression / limit) ** 2 * 8 + 0.001 * Math.sin(seed + C);
  const epochs = { dense: 40, sparsify: early ? 30 + Math.round(60 * C) : 75, 'fine-tune': early ? Math.min(40, 3 + Math.round((method === 'vd' ? 50 : 30) * C) + seed) : 40 };
  const options = { model, dataset: 'fashion-mnist', train_images: 10000, validation_images: 10000, method, complex, C,
    kl_scale: 0.0001, threshold: -0.5, epochs: [40, 75, 40], early_stop: [false, early, early], patience: 20, cooldown: 0,
    rtol: 0, atol: 0.005, schedule: 'trabelsi', lr: 0.001, clip_norm: 0.5, batch_size: 128, seed };
  const write = (stage, more) => writeFileSync(join(folder, name, `${stage}.json`), JSON.stringify({ version: 'packrat 0.1.0', stage,
    end: early && stage !== 'dense' ? 'early' : 'all epochs', epochs: epochs[stage], train_seconds: 2 * epochs[stage], ...more,
    early_history: [], losses: [], options }, null, 1));
  mkdirSync(join(folder, name), { recursive: true });
  write('dense', { accuracy: 0.88 + 0.002 * Math.sin(seed) });
  write('sparsify', { accuracy: accuracy + 0.001, masked_accuracy: accuracy });
  write('fine-tune', { accuracy: accuracy + 0.004 * C, parameters, zeros: Math.round(parameters * (1 - 1 / compression)), compression });
}

for (const method of ['vd', 'ard'])
  for (const C of [0.0117, 0.047, 0.188, 0.75]) {
    for (const [model, complex] of [['simpleconv', false], ['simpleconv', true], ['twolayerdense', false]])
      for (const seed of model === 'simpleconv' && !complex ? [0, 1, 2] : [0]) sparsification(model, complex, method, C, seed, false);
    for (const seed of [0, 1, 2]) sparsification('simpleconv', false, method, C, seed, true);
  }
console.log(`${written} runs in ${folder}`);
