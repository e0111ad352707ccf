#include <fmt/format.h>

#include <memory>
#include <ostream>

#include "engine/core/files.h"
#include "engine/core/interrupt.h"
#include "engine/core/rng.h"
#include "engine/data/feature_dataset.h"
#include "engine/experiment/model_file.h"
#include "engine/experiment/onnx_defaults.h"
#include "engine/preview/codec_preview.h"
#include "models/torch_runtime.h"
#include "tools/codec_options.h"
#include "tools/commands.h"
#include "tools/number_option.h"
#include "tools/run_option.h"
#include "tools/tensors.h"

namespace packrat {
namespace {

struct PreviewCommand {
  RunConfig config;
  std::vector<std::string> codecs;
  std::int64_t images = 8, sample = 1000, seed = 0;
  CodecPreview::Options look;
  std::string out;
};

/// Test images, drawn without order: the first ones are shown, all are measured on.
std::vector<std::int64_t> draw_images(const PreviewCommand& options, std::int64_t there) {
  if (options.images > there)
    throw UserError(fmt::format("--images {}: {} has {} test images; give 1 to {}", options.images,
                                options.config.dataset, there, there));
  std::vector<std::int64_t> drawn =
      Rng(static_cast<std::uint64_t>(options.seed)).fork("preview images").permutation(there);
  drawn.resize(static_cast<std::size_t>(std::min(there, std::max(options.sample, options.images))));
  return drawn;
}

std::vector<float> rows_of(ConstRows all, const std::vector<std::int64_t>& which) {
  std::vector<float> rows;
  for (const std::int64_t i : which) rows.insert(rows.end(), all.row(i), all.row(i) + all.width);
  return rows;
}

/// The images that features were made from.
SheetRow pictures(const ImageSet& images, const std::vector<std::int64_t>& drawn,
                  const PreviewCommand& options) {
  SheetRow row{"images", {fmt::format("{} bytes", images.form().image_bytes())}, {}};
  const auto side = static_cast<int>(images.form().side);
  for (std::int64_t i = 0; i < options.images; ++i)
    row.tiles.push_back(
        enlarged(picture_tile(images.pixels(drawn[static_cast<std::size_t>(i)], 1).data(), side, side),
                 options.look.scale));
  return row;
}

void write_sheet(const std::string& path, const std::vector<SheetRow>& rows) {
  const std::vector<std::uint8_t> png = draw_contact_sheet(rows);
  write_file_atomically(path, [&](std::ostream& out) {
    out.write(reinterpret_cast<const char*>(png.data()), static_cast<std::streamsize>(png.size()));
  });
  fmt::print("Written: {} ({})\n", path, format_byte_size(static_cast<std::int64_t>(png.size())));
}

void preview(PreviewCommand options) {
  require_images(options.config.dataset, "packrat codec preview");
  need_tensors();
  apply_onnx_defaults(options.config);
  use_one_thread();
  check_outputs({{"--out", options.out}});
  Dataset dataset = load_test_images(options.config);
  const std::vector<std::int64_t> drawn = draw_images(options, dataset.test.count());
  std::vector<SheetRow> sheet;
  if (options.config.encoder != "none") sheet.push_back(pictures(dataset.test, drawn, options));
  const PreparedData data = prepare_data(dataset, encoding_options(options.config), console_progress());
  const std::vector<float> rows = rows_of(data.test->rows(), drawn);
  const std::int64_t width = data.domain.values();
  const CodecPreview preview(data.domain, {rows.data(), options.images, width},
                             {rows.data(), static_cast<std::int64_t>(drawn.size()), width}, options.look);
  sheet.push_back(preview.originals());
  for (const std::string& spec : options.codecs) {
    if (stop_requested()) throw Interrupted("stopped; no sheet was written");
    sheet.push_back(preview.row_of(*codec_named(spec, options.config, data)));
    fmt::print("{}: {}\n", sheet.back().title, fmt::join(sheet.back().notes, ", "));
    std::fflush(stdout);
  }
  write_sheet(options.out, sheet);
}

}  // namespace

void add_codec_preview_command(CLI::App& codec) {
  CLI::App* command = codec.add_subcommand(
      "preview",
      "Draw what codecs make of test images, or of their feature maps, with bytes and PSNR, as a PNG sheet");
  const auto options = std::make_shared<PreviewCommand>();
  command->add_option("--codec", options->codecs, "One codec or more, a row each")->required();
  command->add_option("--out", options->out, "The sheet, a PNG file")->required();
  add_codec_data_options(*command, options->config);
  add_number(*command, "--images", options->images, "Test images to show", {1, 64});
  add_number(*command, "--sample", options->sample,
             "Test images to measure bytes and PSNR on, the shown ones among them", {1, 1000000});
  add_number(*command, "--seed", options->seed, "Draws the images", {0, INT64_MAX});
  add_number(*command, "--scale", options->look.scale, "How many times larger images are drawn", {1, 16});
  add_number(*command, "--maps", options->look.maps,
             "Channels of a feature map to show: those that vary most", {1, 64});
  command->callback([options] { preview(*options); });
}

}  // namespace packrat
