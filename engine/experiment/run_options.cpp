// The table of options of `packrat run`.
#include "engine/experiment/run_options.h"

#include <fmt/format.h>

#include <utility>

#include "compressors/registry.h"
#include "engine/buffer/sampler.h"
#include "engine/core/error.h"
#include "engine/data/dataset.h"
#include "engine/data/grey_dataset.h"
#include "engine/experiment/run_option_rows.h"
#include "engine/methods/method_table.h"
#include "engine/topology/heads.h"

namespace packrat {
namespace {

using C = RunConfig;
using Texts = std::vector<std::string>;
using Group = RunOptionGroup;

constexpr std::int64_t kMany = 1'000'000'000;

Texts with_names(Texts names, const Texts& more) {
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

template <typename Rows>
Texts names_of(const Rows& rows) {
  Texts names;
  for (const auto& row : rows) names.emplace_back(row.name);
  return names;
}

Texts dataset_words() {
  Texts names = names_of(datasets());
  for (const GreyDatasetInfo& info : grey_datasets()) names.push_back(info.name);
  names.insert(names.end(), {"folder:", "features:"});
  return names;
}

Texts samplers_of_runs() {
  Texts names;
  for (const SamplerInfo& sampler : sampler_table())
    if (sampler.for_runs) names.push_back(sampler.name);
  return names;
}

void add_stream(std::vector<RunOption>& table) {
  Group rows(table, "Stream");
  rows.add("dataset", &C::dataset,
           "Data set: CIFAR10, CIFAR100, TinyImagenet, mnist, fashion-mnist (grey, three times over), "
           "folder:DIR, a folder of pictures by class, or features:DIR (or features:TRAIN,TEST), arrays of "
           "features and labels (docs/features.md)")
      .such_as(dataset_words())
      .tells(Aspect::kDataset)
      .published();
  rows.add("num_classes_per_task", &C::num_classes_per_task, "Classes per task")
      .in(1, 65535)
      .tells(Aspect::kTask)
      .published();
  rows.add("num_tasks", &C::num_tasks, "Number of tasks").in(1, 65535).tells(Aspect::kTask).published();
  rows.add("seed", &C::seed, "Random seed of the whole run")
      .in(0, INT64_MAX)
      .tells(Aspect::kSeed)
      .published();
  rows.add("stream", &C::stream, "class_incremental, or iid (the whole training set shuffled)")
      .one_of({"class_incremental", "iid"})
      .tells(Aspect::kTask);
  rows.add("class_order_seed", &C::class_order_seed,
           "Shuffle the classes with this seed; -1 keeps the order of their labels")
      .in(-1, INT64_MAX, " (-1 keeps label order)")
      .tells(Aspect::kTask);
  rows.add("image_size", &C::image_size,
           "Side in pixels of the square to which pictures are resized: by area averaging, or interpolation "
           "when they are smaller")
      .in(8, 512, " pixels")
      .beside_onnx();
  rows.add("image_crop", &C::image_crop,
           "centre: resize the shorter side to image_size x 256/224, then crop the centre; none: the whole "
           "picture")
      .one_of({"none", "centre"})
      .beside_onnx();
  Group(table, "Method")
      .add("method", &C::method,
           "How the stream is learned: gdumb (keeps entries and retrains a head on them), a closed form that "
           "keeps statistics alone: ncm, slda, ridge, qda, fecam, with options as a codec has them: "
           "\"slda:pool=1x2,precision=bfloat16\", or both in one budget: \"hybrid:slda+replay\" "
           "(docs/methods.md)")
      .such_as(names_of(method_table()))
      .tells(Aspect::kMethod);
}

void add_buffer(std::vector<RunOption>& table) {
  Group rows = Group(table, "Replay buffer").about_entries();
  rows.add("sampler", &C::sampler,
           fmt::format("Which entries are kept: by {} (packrat info)", listed(samplers_of_runs())))
      .one_of(samplers_of_runs())
      .published()
      .unless({"whole_dataset"});
  rows.add("memory_size", &C::memory_size, "Budget in slots (entries)")
      .in(2, kMany, " slots")
      .tells(Aspect::kBudget)
      .published()
      .unless({"memory_bytes", "whole_dataset"});
  rows.add("memory_bytes", &C::memory_bytes,
           "Budget in bytes instead, which every charged byte comes out of: 1536000, 1.5MiB")
      .about_entries(false)
      .tells(Aspect::kBudget)
      .unless({"whole_dataset"});
  rows.add("whole_dataset", &C::whole_dataset, "Keep every training image: an upper bound")
      .tells(Aspect::kBudget)
      .published();
}

/// "none, cutr (resnet18), cutr34 (resnet34) or mobilenet_v2".
std::string encoders_help() {
  Texts names{"none"};
  for (const Backbone& backbone : backbones())
    names.push_back(backbone.encoder() == backbone.name()
                        ? backbone.name()
                        : fmt::format("{} ({})", backbone.encoder(), backbone.name()));
  names.emplace_back("onnx:FILE[@OUTPUT] (an ONNX file, up to the tensor OUTPUT; docs/encoders.md)");
  return listed(names);
}

/// "Cut after block 1, 2, 2.5, 3, 3.5 or 4; of mobilenet_v2 1, 3, ... or 18".
std::string cuts_help() {
  std::string help = "Cut after block " + backbones().front().cuts_text();
  for (const Backbone& backbone : backbones())
    if (backbone.cut_names() != backbones().front().cut_names())
      help += fmt::format("; of {} {}", backbone.encoder(), backbone.cuts_text());
  return help;
}

void add_encoder(std::vector<RunOption>& table) {
  Group rows(table, "Encoder");
  rows.add("encoder", &C::encoder, encoders_help())
      .one_of(with_names(with_names({"none"}, encoder_names()), {"onnx:"}))
      .tells(Aspect::kFeatures)
      .published();
  rows.add("encoding_block", &C::encoding_block, cuts_help())
      .one_of(all_cut_names())
      .tells(Aspect::kFeatures)
      .of_network()
      .published()
      .unless({"blocks"});
  rows.add("blocks", &C::blocks, "Features of several cuts, concatenated: 3+4")
      .tells(Aspect::kFeatures)
      .of_network();
  rows.add("pool", &C::pool,
           "Average-pool the maps to ROWSxCOLUMNS, such as 1x1; one for each of --blocks: 1x1+none")
      .tells(Aspect::kFeatures)
      .beside_onnx()
      .of_any_encoder();
  rows.add(
          "views", &C::views,
          "flip: average the features of an image and its mirror image, in training and in tests; flip:keep: "
          "keep both of a training image, as two rows; none")
      .one_of({"none", "flip", "flip:keep"});
  rows.add("encoder_dtype", &C::encoder_dtype, "float32 or bfloat16")
      .one_of({"float32", "bfloat16"})
      .of_network();
  rows.add("weights", &C::weights,
           "Torchvision-named checkpoint (.safetensors, .pth); default: the shipped one")
      .of_network();
  rows.add("normalise", &C::normalise,
           "How pixels are normalised for the encoder: with the mean and deviation of the dataset, those of "
           "imagenet, or MEAN:STD, each three numbers from 0 to 1: 0.5,0.5,0.5:0.5,0.5,0.5")
      .such_as({"dataset", "imagenet"})
      .beside_onnx()
      .of_any_encoder();
  rows.add("channel_order", &C::channel_order, "Channel order of an ONNX encoder's input: rgb or bgr")
      .one_of({"rgb", "bgr"})
      .beside_onnx()
      .of("encoder", {"onnx:"});
}

void add_codec(std::vector<RunOption>& table) {
  Group rows = Group(table, "Codec").about_entries();
  rows.add("compressor", &C::compressor,
           "Codec by its published name: none, quantization, thinning, convae, fcae or vae")
      .one_of({"none", "quantization", "thinning", "convae", "fcae", "vae"})
      .tells(Aspect::kCodec)
      .published()
      .unless({"codec"});
  rows.add("codec", &C::codec,
           "Codec as a chain of stages instead: \"thin:factor=0.9|quantize:states=16,range=local\"")
      .such_as(names_of(stage_table()))
      .tells(Aspect::kCodec);
  rows.add("codec_file", &C::codec_file, "The codec's fitted parameters: a file that `packrat fit` wrote");
  rows.add("fit_on", &C::fit_on,
           "Data set to fit the codec on; default: none where fitted parameters ship, else another than the "
           "stream's")
      .such_as(dataset_words())
      .unless({"codec_file"});
  rows.add("fit_images", &C::fit_images, "Training images to fit the codec on; 0 means all")
      .in(0, kMany, " (0 means all)")
      .unless({"codec_file"});
  const auto of = [&](const char* compressor, const char* name, RunField field, const char* help,
                      Aspect aspect = Aspect::kCodec) {
    return rows.add(name, field, help).of("compressor", {compressor}).tells(aspect).published();
  };
  of("thinning", "compression_factor", &C::compression_factor,
     "Fraction of the values that thinning drops, 0 <= f < 1")
      .below(0, 1);
  of("quantization", "n_states", &C::n_states, "States of the quantizer, 2..256").in(2, 256);
  of("quantization", "strategy", &C::strategy,
     "Range of the quantizer: local, tiny_imagenet_transfer, cifar10_transfer, cifar100_transfer, "
     "range:LO:HI");
  of("convae", "n_blocks", &C::n_blocks, "Blocks of the convolutional autoencoder", Aspect::kCodecDetail)
      .in(2, 16);
  of("convae", "latent_channels", &C::latent_channels, "Latent channels of the convolutional autoencoder")
      .in(1, 4096);
  of("fcae", "bottleneck_neurons", &C::bottleneck_neurons,
     "Neurons of the fully connected autoencoder's bottleneck")
      .in(1, 65536);
  of("fcae", "n_layers", &C::n_layers, "Layers of the fully connected autoencoder", Aspect::kCodecDetail)
      .in(1, 64);
  of("vae", "latent_size", &C::latent_size, "Latent values of the variational autoencoder").in(1, 65536);
  of("vae", "vae_width", &C::vae_width, "Hidden width of the variational autoencoder", Aspect::kCodecDetail)
      .in(1, 65536);
}

void add_training(std::vector<RunOption>& table) {
  Group rows = Group(table, "Head and training").about_entries();
  rows.add("recipe", &C::recipe,
           "Defaults for head and training: published (GDumb's), or fast: --backbone mlp_bn --num_passes 20 "
           "--batch_size 128 --lr_schedule one_cycle --maxlr 0.1 --weight_decay 0.0005 --regularization none")
      .one_of({"published", "fast"});
  rows.add(
          "backbone", &C::backbone,
          fmt::format(
              "The head: resnet (the encoder's own network; resnet18 without one), {} (mlp_bn: a multi-layer "
              "perceptron with batch norm and dropout; linear: a batch norm and one layer)",
              listed(head_kinds())))
      .one_of(with_names({"resnet"}, head_kinds()))
      .published();
  rows.add("hidden", &C::hidden, "Width of the two hidden layers of mlp_bn")
      .in(1, 65536)
      .of("backbone", {"mlp_bn"});
  rows.add("dropout", &C::dropout, "Dropout probability in the hidden layers of mlp_bn")
      .in(0.0, 0.95)
      .of("backbone", {"mlp_bn"});
  rows.add("backbone_block", &C::backbone_block,
           "Block after which the head begins; must equal --encoding_block (the default). For maps of "
           "features:DIR or an ONNX file: the block of a network that gives such maps")
      .tells(Aspect::kFeatures)
      .published();
  rows.add("num_passes", &C::num_passes, "Passes over the buffer")
      .in(1, 1'000'000)
      .tells(Aspect::kPasses)
      .published();
  rows.add("batch_size", &C::batch_size, "Entries per batch")
      .in(2, 65536, " (batch norm needs two)")
      .published();
  rows.add("lr_schedule", &C::lr_schedule,
           "warm_restarts (GDumb's), or one_cycle: up to --maxlr and down to 0 over all passes")
      .one_of({"warm_restarts", "one_cycle"});
  rows.add("maxlr", &C::maxlr, "Maximum learning rate").in(1e-12, 1e3).published();
  rows.add("minlr", &C::minlr, "Minimum learning rate")
      .in(0.0, 1e3)
      .of("lr_schedule", {"warm_restarts"})
      .published();
  rows.add("weight_decay", &C::weight_decay, "Weight decay").in(0.0, 1.0).published();
  rows.add("clip", &C::clip, "Clip the gradient to this norm; 0 turns clipping off")
      .in(0.0, 1e12, " (0 turns clipping off)")
      .published();
  rows.add("regularization", &C::regularization, "cutmix or none").one_of({"cutmix", "none"}).published();
  rows.add("cutmix_alpha", &C::cutmix_alpha, "CutMix: alpha of the beta distribution")
      .in(1e-3, 1e3)
      .of("regularization", {"cutmix"})
      .published();
  rows.add("cutmix_prob", &C::cutmix_prob, "CutMix: probability per batch")
      .in(0.0, 1.0)
      .of("regularization", {"cutmix"})
      .published();
}

void add_evaluation(std::vector<RunOption>& table) {
  Group rows(table, "Evaluation");
  rows.add("test_features", &C::test_features,
           "What the head is scored on: roundtrip (what the codec gives back, as in training) or raw (the "
           "encoder's own features, as published). The other one is scored after the last pass, too")
      .one_of({"raw", "roundtrip"})
      .about_entries(true);
  rows.add("eval_every", &C::eval_every,
           "Also score the test set every K passes; 0: after each cosine cycle and the last pass")
      .in(0, 1'000'000)
      .about_entries(true);
  rows.add("eval_tasks", &C::eval_tasks,
           "Retrain (gdumb) and score after every task: accuracy matrix, forgetting, backward transfer");
  rows.add("holdout", &C::holdout,
           "Score on this fraction of each class's training images, held out of the stream, instead of "
           "the test images: for choosing options")
      .in(0.0, 0.9, " (0 scores the test images)");
}

void add_surroundings(std::vector<RunOption>& table) {
  Group machine(table, "Machine", Role::kMachine);
  machine.add("device", &C::device, "cpu, cuda or cuda:N")
      .such_as({"cpu", "cuda"})
      .decides(Role::kResult)  // kinds of processor differ in the last digits, which training amplifies
      .published();
  machine
      .add("buffer_device", &C::buffer_device,
           "Where the entries lie and are decoded: cpu, or cuda for the GPU of --device, with kernels of our "
           "own (docs/libtorch.md). Their bytes are the same")
      .one_of({"cpu", "cuda"})
      .about_entries(true);
  machine
      .add("buffer_storage", &C::buffer_storage,
           "memory, or mapped:FILE: the entries lie in that file, which may be larger than memory. Their "
           "bytes "
           "are the same; a mapped buffer that is there already is replaced")
      .such_as({"memory", "mapped:"})
      .about_entries(true);
  machine.add("threads", &C::threads, "Threads; 0 means all cores. Results do not depend on it")
      .in(0, 1024, " (0 means all cores)");
  machine.add("workers", &C::workers, "Accepted for the published scripts; Packrat has no loader processes")
      .in(0, 1024)
      .published();
  Group places(table, "Machine", Role::kPlace);
  places.add("data_dir", &C::data_dir, "Folder of the data sets").published();
  places.add("cache_dir", &C::cache_dir, "Folder of encoded features; default: DATA_DIR/features")
      .unless({"no_cache"});
  places.add("no_cache", &C::no_cache, "Encode again and keep nothing on disk");

  Group energy(table, "Energy", Role::kEnergy);
  energy.add(
      "energy", &C::energy,
      "Measure the energy of the whole run: RAPL where it can be read, else a power log, else time alone");
  const auto measured = [&](const char* name, RunField field, const char* help) {
    energy.add(name, field, help).of("energy", {"true"});
  };
  measured("power_log", &C::power_log,
           "CSV file with the columns timestamp and watts, for machines without RAPL");
  measured("time_zone", &C::time_zone,
           "Time zone of its times that name none: UTC, local or an offset such as +01:00");
  measured("idle_watts", &C::idle_watts, "Idle power to subtract, in W; default: none");
  measured("carbon", &C::carbon, "Carbon intensity by name: uk-published is 253 g/kWh");
  measured("carbon_intensity", &C::carbon_intensity, "... or in g CO2e per kWh instead");
  measured("powercap_dir", &C::powercap_dir, "Where Linux shows RAPL's counters");

  Group results(table, "Results", Role::kName);
  results.add("log_dir", &C::log_dir, "Folder of the runs").published();
  results.add("exp_name", &C::exp_name, "Name of this run's folder in it; default: made from the options")
      .published();
  results.add("save_buffer", &C::save_buffer, "Write the replay buffer to this file").about_entries(true);
  results.add("save_model", &C::save_model, "Write the trained model to this file");
  results.add("overwrite", &C::overwrite,
              "Replace the finished result or the checkpoint of a run with other options in the same folder");
}

}  // namespace

const std::vector<RunOption>& run_options() {
  static const std::vector<RunOption> table = [] {
    std::vector<RunOption> rows;
    for (auto* const add :
         {add_stream, add_buffer, add_encoder, add_codec, add_training, add_evaluation, add_surroundings})
      add(rows);
    return rows;
  }();
  return table;
}

}  // namespace packrat
