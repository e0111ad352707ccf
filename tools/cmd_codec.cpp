#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <fstream>
#include <iostream>
#include <memory>

#include "compressors/codec.h"
#include "compressors/distortion.h"
#include "compressors/registry.h"
#include "engine/core/files.h"
#include "engine/core/interrupt.h"
#include "engine/fitting/fitted_codec.h"
#include "tools/codec_options.h"
#include "tools/commands.h"

namespace packrat {
namespace {

struct CodecCommand {
  std::string codec, codec_file, shape;
  bool pixels = false;
  std::string in = "-", out = "-";
};

/// "256x2x2".
std::array<std::int64_t, 3> parse_shape(const std::string& text) {
  std::array<std::int64_t, 3> shape{};
  const char *at = text.data(), *end = at + text.size();
  for (std::size_t i = 0; i < 3; ++i) {
    const auto [next, failure] = std::from_chars(at, end, shape[i]);
    const bool good = failure == std::errc() && (i == 2 ? next == end : next != end && *next == 'x');
    if (!good)
      throw UserError(fmt::format("--shape is '{}': give channels, height and width, such as 256x2x2", text));
    at = next + 1;
  }
  return shape;
}

/// Images are taken as p/255: the mean is 0 and the deviation 1.
Domain make_domain(const std::array<std::int64_t, 3>& shape, bool pixels) {
  Domain domain;
  domain.shape = shape;
  domain.pixels = pixels;
  if (pixels) domain.std = {1, 1, 1};
  return domain;
}

void check_options(const CodecCommand& options) {
  if (options.codec.empty() == options.codec_file.empty())
    throw UserError("give one of --codec and --codec_file: the codec, or the file that `packrat fit` wrote");
  if (!options.codec.empty() && options.shape.empty())
    throw UserError("--shape is missing: give channels, height and width, such as 256x2x2");
}

/// A codec that has learned is for maps or images of the shape it learned on.
Codec codec_of(const CodecCommand& options) {
  check_options(options);
  if (!options.codec.empty())
    return make_codec(options.codec, make_domain(parse_shape(options.shape), options.pixels));
  const FittedCodec fitted = load_fitted_codec(options.codec_file);
  if (options.shape.empty()) return make_fitted_codec(fitted, make_domain(fitted.shape, fitted.pixels));
  return make_fitted_codec(fitted, make_domain(parse_shape(options.shape), options.pixels));
}

/// Where a file's codec comes from.
void describe_origin(const std::string& file) {
  const FitOrigin origin = load_fitted_codec(file).origin;
  const std::string from = origin.weights_sha256.empty()
                               ? "pixels"
                               : fmt::format("{} cut after block {}, weights {}...", origin.encoder,
                                             origin.cut, origin.weights_sha256.substr(0, 12));
  fmt::print("  fitted on {} images of {} ({}), seed {}\n  held-out mse {:.6g}, PSNR {:.2f} dB\n  {}\n",
             origin.images, origin.dataset, from, origin.seed, origin.mse, origin.psnr_db, origin.command);
}

void describe(const CodecCommand& options) {
  const Codec codec = codec_of(options);
  const Domain& domain = codec.domain();
  const std::int64_t plain = domain.values() * (domain.pixels ? 1 : 4);
  fmt::print("{}\n{} {}x{}x{} of {} values, {} bytes without a codec\n", codec.spec(),
             domain.pixels ? "images" : "maps", domain.shape[0], domain.shape[1], domain.shape[2],
             domain.values(), plain);
  if (const auto bytes = codec.entry_bytes()) {
    for (const EntryPart& part : codec.parts())
      fmt::print("  {:<7} {:>9} bytes  {:<34} {}\n", part_name(part.part), part.bytes, part.what, part.stage);
    fmt::print("  {:<7} {:>9} bytes  {:.2f} times smaller\n", "entry", *bytes,
               static_cast<double>(plain) / static_cast<double>(*bytes));
  } else {
    fmt::print("  entries differ in size: `packrat codec bench` measures them\n");
    for (const EntryPart& part : codec.plain_layout())
      fmt::print("  {:<7} {:>9} bytes  {:<34} before {}\n", part_name(part.part), part.bytes, part.what,
                 codec.coder()->spec());
    if (codec.coder() != nullptr) fmt::print("  {}\n", codec.coder()->summary());
  }
  const SharedBytes shared = codec.shared_bytes();
  fmt::print("  {:<7} {:>9} bytes  once for all entries", "shared", shared.total());
  if (shared.encoder > 0)
    fmt::print(": encoder {}, decoder {}, other {}", shared.encoder, shared.decoder, shared.other);
  fmt::print("\n");
  if (!options.codec_file.empty()) describe_origin(options.codec_file);
}

/// What went through `codec run`.
struct Totals {
  std::int64_t entries = 0, bytes = 0, least = 0, greatest = 0;
  double squared_error = 0;

  void add(const EntryBatch& batch, const std::vector<float>& before, const std::vector<float>& after) {
    for (std::int64_t i = 0; i < batch.count(); ++i, ++entries) {
      const auto size = static_cast<std::int64_t>(batch.entry(i).size);
      least = entries == 0 ? size : std::min(least, size);
      greatest = std::max(greatest, size);
      bytes += size;
    }
    for (std::size_t i = 0; i < before.size(); ++i)
      squared_error += std::pow(static_cast<double>(before[i]) - after[i], 2);
  }

  std::string text(const Codec& codec) const {
    const double count = static_cast<double>(std::max<std::int64_t>(entries, 1));
    const std::string sizes =
        least == greatest
            ? fmt::format("{} bytes each", greatest)
            : fmt::format("{:.1f} bytes each, {} to {}", static_cast<double>(bytes) / count, least, greatest);
    return fmt::format("{}: {} entries of {}, {} bytes shared, mse {:.6g}\n", codec.spec(), entries, sizes,
                       codec.shared().size(),
                       squared_error / (count * static_cast<double>(codec.domain().values())));
  }
};

/// Up to `count` rows of raw float32; fewer at the end of the input.
std::vector<float> read_rows(std::istream& in, std::int64_t count, std::int64_t width,
                             const std::string& name) {
  std::vector<float> rows(static_cast<std::size_t>(count * width));
  in.read(reinterpret_cast<char*>(rows.data()), static_cast<std::streamsize>(rows.size() * sizeof(float)));
  const std::int64_t bytes = in.gcount(), row_bytes = width * static_cast<std::int64_t>(sizeof(float));
  if (bytes % row_bytes != 0)
    throw UserError(
        fmt::format("{} ends in the middle of a row: give whole rows of {} float32 values", name, width));
  rows.resize(static_cast<std::size_t>(bytes) / sizeof(float));
  return rows;
}

void compress_and_restore(const Codec& codec, std::istream& in, const std::string& name, std::ostream& out,
                          Totals& totals) {
  constexpr std::int64_t kPiece = 512;
  const std::int64_t n = codec.domain().values();
  for (;;) {
    if (stop_requested()) throw Interrupted("stopped; nothing was kept");
    const std::vector<float> rows = read_rows(in, kPiece, n, name);
    if (rows.empty()) break;
    const std::int64_t count = static_cast<std::int64_t>(rows.size()) / n;
    std::vector<float> restored(rows.size());
    try {
      const EntryBatch batch = codec.encode({rows.data(), count, n});
      codec.decode(batch.entries(), {restored.data(), count, n});
      totals.add(batch, rows, restored);
    } catch (const UserError& error) {
      throw UserError(
          fmt::format("{}, the batch that begins with row {}: {}", name, totals.entries, error.what()));
    }
    out.write(reinterpret_cast<const char*>(restored.data()),
              static_cast<std::streamsize>(restored.size() * sizeof(float)));
  }
}

void run(const CodecCommand& options) {
  const Codec codec = codec_of(options);
  if (options.out != "-") check_outputs({{"--out", options.out}}, {{"--in", options.in}});
  std::ifstream file;
  if (options.in != "-") {
    file.open(options.in, std::ios::binary);
    if (!file)
      throw UserError(fmt::format("{} cannot be read: name a file of raw float32 values, or -", options.in));
  }
  std::istream& in = options.in == "-" ? std::cin : file;
  const std::string name = options.in == "-" ? "standard input" : options.in;
  Totals totals;
  const auto work = [&](std::ostream& out) { compress_and_restore(codec, in, name, out, totals); };
  if (options.out != "-") {
    write_file_atomically(options.out, work);
    fmt::print("{}", totals.text(codec));
    return;
  }
  work(std::cout);
  if (!std::cout.flush())
    throw UserError("standard output cannot be written: is the disk full, or the reader gone?");
  fmt::print(stderr, "{}", totals.text(codec));
}

void add_codec_options(CLI::App& command, CodecCommand& options) {
  command.add_option("--codec", options.codec, "Such as \"thin:factor=0.95|quantize:states=16,range=local\"");
  command.add_option("--codec_file", options.codec_file,
                     "A codec that has learned: a file from `packrat fit`");
  command.add_option("--shape", options.shape,
                     "Channels, height and width of a row: 256x2x2; a --codec_file knows them");
  command.add_flag("--pixels", options.pixels,
                   "Rows are images, their pixels scaled to 0..1; else feature maps");
}

}  // namespace

void add_codec_command(CLI::App& app) {
  CLI::App* codec = app.add_subcommand("codec", "Describe, measure and try codecs");
  codec->require_subcommand(1);
  const auto options = std::make_shared<CodecCommand>();

  CLI::App* described = codec->add_subcommand("describe", "Bytes of an entry, part by part");
  add_codec_options(*described, *options);
  described->callback([options] { describe(*options); });

  CLI::App* tried = codec->add_subcommand("run", "Compress and restore a file of raw float32 rows");
  add_codec_options(*tried, *options);
  tried->add_option("--in", options->in, "Rows, one after another, little-endian; - is standard input")
      ->capture_default_str();
  tried->add_option("--out", options->out, "What they read back as; - is standard output")
      ->capture_default_str();
  tried->callback([options] { run(*options); });

  add_codec_bench_command(*codec);
  add_codec_preview_command(*codec);
}

}  // namespace packrat
