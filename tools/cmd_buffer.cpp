#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <ostream>

#include "compressors/codec.h"
#include "engine/buffer/buffer_file.h"
#include "engine/buffer/mapped_buffer.h"
#include "engine/buffer/mapped_slab.h"
#include "engine/core/files.h"
#include "tools/commands.h"
#include "tools/number_option.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

struct InspectOptions {
  std::string file;
  bool json = false;
  std::string picture;
  int samples = 8;
};

/// What one file says, gathered once for both kinds of output.
struct Inspection {
  fs::path path;
  std::int64_t file_bytes;
  SavedBuffer saved;
  ByteLedger ledger;
  bool mapped;               ///< it lives in the file, with a journal and its counters beside it
  std::string picture_note;  ///< empty: no picture was asked for

  /// Whether the file is as long as the ledger says; a mapped one takes what it has reserved.
  bool agrees() const { return mapped || file_bytes - kBufferFileHeaderBytes == ledger.buffer_total(); }
};

/// The first `samples` slots of every class that holds entries.
std::vector<std::vector<std::int64_t>> sample_slots(const ReplayBuffer& buffer, int samples) {
  std::vector<std::vector<std::int64_t>> by_class(static_cast<std::size_t>(buffer.classes()));
  for (std::int64_t slot = 0; slot < buffer.size(); ++slot) {
    auto& slots = by_class[static_cast<std::size_t>(buffer.label(slot))];
    if (slots.size() < static_cast<std::size_t>(samples)) slots.push_back(slot);
  }
  by_class.erase(std::remove_if(by_class.begin(), by_class.end(), [](const auto& s) { return s.empty(); }),
                 by_class.end());
  return by_class;
}

/// Draws one decoded row, normalised pixels channel by channel, with its upper left corner at (x, y).
void draw(const float* row, const Domain& domain, cv::Mat& picture, int x, int y) {
  const auto height = static_cast<int>(domain.shape[1]), width = static_cast<int>(domain.shape[2]);
  for (int bgr = 0; bgr < 3; ++bgr) {
    const std::size_t channel = domain.shape[0] == 3 ? static_cast<std::size_t>(2 - bgr) : 0;
    const float* plane = row + static_cast<std::ptrdiff_t>(channel) * height * width;
    for (int i = 0; i < height; ++i)
      for (int j = 0; j < width; ++j)
        picture.at<cv::Vec3b>(y + i, x + j)[bgr] = cv::saturate_cast<std::uint8_t>(
            (plane[i * width + j] * domain.std[channel] + domain.mean[channel]) * 255.0f);
  }
}

/// A row of samples for every class that holds entries.
cv::Mat sample_picture(const ReplayBuffer& buffer, int samples) {
  constexpr int gap = 2;
  const Domain& domain = buffer.codec().domain();
  const auto height = static_cast<int>(domain.shape[1]) + gap,
             width = static_cast<int>(domain.shape[2]) + gap;
  const auto by_class = sample_slots(buffer, samples);
  std::size_t most = 0;
  for (const auto& slots : by_class) most = std::max(most, slots.size());
  cv::Mat picture(static_cast<int>(by_class.size()) * height + gap, static_cast<int>(most) * width + gap,
                  CV_8UC3, cv::Scalar::all(255));
  std::vector<float> rows(most * static_cast<std::size_t>(domain.values()));
  for (std::size_t r = 0; r < by_class.size(); ++r) {
    const auto count = static_cast<std::int64_t>(by_class[r].size());
    buffer.decode(by_class[r], {rows.data(), count, domain.values()});
    for (std::int64_t c = 0; c < count; ++c)
      draw(rows.data() + c * domain.values(), domain, picture, gap + static_cast<int>(c) * width,
           gap + static_cast<int>(r) * height);
  }
  return picture;
}

void write_picture(const cv::Mat& picture, const fs::path& path) {
  std::vector<std::uint8_t> bytes;
  try {
    if (!cv::imencode(path.extension().string(), picture, bytes)) bytes.clear();
  } catch (const cv::Exception&) {
    bytes.clear();
  }
  if (bytes.empty())
    throw UserError(
        fmt::format("cannot write a picture of {} x {} points to {}: choose a name that ends in .png, "
                    "or fewer --samples",
                    picture.cols, picture.rows, path.string()));
  write_file_atomically(path, [&](std::ostream& out) {
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  });
}

/// Writes the picture if the entries are pixels; says what was done, or why not.
std::string picture_of(const ReplayBuffer& buffer, const InspectOptions& options) {
  const Domain& domain = buffer.codec().domain();
  if (!domain.pixels)
    return fmt::format("no picture: the entries are feature maps ({}x{}x{}), not pixels", domain.shape[0],
                       domain.shape[1], domain.shape[2]);
  if (domain.shape[0] != 3 && domain.shape[0] != 1)
    return fmt::format("no picture: images of {} channels have no colours to show", domain.shape[0]);
  if (buffer.size() == 0) return "no picture: the buffer holds no entry";
  write_picture(sample_picture(buffer, options.samples), options.picture);
  return fmt::format("up to {} decoded entries of every class, a row each, in {}", options.samples,
                     options.picture);
}

nlohmann::json as_json(const Inspection& it) {
  const ReplayBuffer& buffer = it.saved.buffer;
  const bool in_slots = buffer.budget().unit == Budget::Unit::kSlots;
  nlohmann::json j = {{"file", it.path.string()},
                      {"file_bytes", it.file_bytes},
                      {"header_bytes", it.mapped ? nlohmann::json() : nlohmann::json(kBufferFileHeaderBytes)},
                      {"mapped", it.mapped},
                      {"buffer_bytes", it.ledger.buffer_total()},
                      {"file_agrees_with_ledger", it.agrees()},
                      {"codec", buffer.codec().spec()},
                      {"shape", buffer.codec().domain().shape},
                      {"pixels", buffer.codec().domain().pixels},
                      {"entry_bytes", nullptr},
                      {"entries", buffer.size()},
                      {"capacity", buffer.capacity()},
                      {"budget", {{in_slots ? "slots" : "bytes", buffer.budget().amount}}},
                      {"sampler", buffer.sampler().name()}};
  if (const auto bytes = buffer.codec().entry_bytes()) j["entry_bytes"] = *bytes;
  for (const Item item : kItems)
    if (in_buffer(item)) j["bytes"][std::string(item_name(item))] = it.ledger.bytes(item);
  for (int c = 0; c < buffer.classes(); ++c) j["entries_of_class"].push_back(buffer.counts().held(c));
  const BufferOrigin& origin = it.saved.origin;
  j["origin"] = {{"data_set", origin.data_set},
                 {"encoder", origin.encoder},
                 {"cut", origin.cut},
                 {"weights", origin.weights}};
  if (!it.picture_note.empty()) j["picture"] = it.picture_note;
  return j;
}

void print_line(std::string_view what, const std::string& value) {
  fmt::print("{:<12} {}\n", what, value);
}

void print_contents(const Inspection& it) {
  const ReplayBuffer& buffer = it.saved.buffer;
  const Domain& domain = buffer.codec().domain();
  const BufferOrigin& origin = it.saved.origin;
  const auto bytes = buffer.codec().entry_bytes();
  const bool in_slots = buffer.budget().unit == Budget::Unit::kSlots;
  const auto known = [](const std::string& text) { return text.empty() ? std::string("not given") : text; };
  print_line("file", it.path.string());
  print_line("data set", known(origin.data_set));
  print_line("encoder", fmt::format("{}, cut {}, weights {}", known(origin.encoder), known(origin.cut),
                                    known(origin.weights)));
  print_line("codec", buffer.codec().spec());
  print_line("entries",
             fmt::format("{} of {}{} slots, {} of {}x{}x{}", buffer.size(), in_slots || bytes ? "" : "about ",
                         buffer.size() == 0 && !bytes ? 0 : buffer.capacity(),
                         domain.pixels ? "pixels" : "feature maps", domain.shape[0], domain.shape[1],
                         domain.shape[2]));
  print_line("entry size",
             bytes ? fmt::format("{} bytes", *bytes) : std::string("differs from entry to entry"));
  print_line("budget", in_slots ? fmt::format("{} slots", buffer.budget().amount)
                                : fmt::format("{} bytes ({})", buffer.budget().amount,
                                              format_byte_size(buffer.budget().amount)));
  print_line("sampler", std::string(buffer.sampler().name()));
}

void print_bytes(const Inspection& it) {
  fmt::print("\nbytes by item\n");
  for (const Item item : kItems)
    if (in_buffer(item))
      fmt::print("  {:<13} {:>12}  {}\n", item_name(item), it.ledger.bytes(item), item_meaning(item));
  fmt::print("  {:<13} {:>12}  ({})\n", "total", it.ledger.buffer_total(),
             format_byte_size(it.ledger.buffer_total()));
  if (it.mapped) {
    fmt::print("  {:<13} {:>12}  mapped: the buffer's slots, a journal and counters\n", "file",
               it.file_bytes);
    return;
  }
  fmt::print("  {:<13} {:>12}  {} of header and {} of buffer: {}\n", "file", it.file_bytes,
             kBufferFileHeaderBytes, it.file_bytes - kBufferFileHeaderBytes,
             it.agrees() ? "agrees with the total" : "DISAGREES with the total");
}

void print_classes(const ReplayBuffer& buffer) {
  constexpr int per_line = 8;
  fmt::print("\nentries by class ({} of {} classes seen)", buffer.counts().seen(), buffer.classes());
  for (int c = 0; c < buffer.classes(); ++c)
    fmt::print("{}{:>5}: {:<6}", c % per_line == 0 ? "\n" : "", c, buffer.counts().held(c));
  fmt::print("\n");
}

void inspect(const InspectOptions& options) {
  check_outputs({{"--picture", options.picture}}, {{"FILE", options.file}});
  const bool mapped = MappedSlab::is_mapped_file(options.file);
  SavedBuffer saved = mapped ? open_mapped_buffer(options.file) : load_buffer(options.file);
  const ByteLedger ledger = saved.buffer.ledger();
  Inspection it{options.file,     static_cast<std::int64_t>(fs::file_size(options.file)),
                std::move(saved), ledger,
                mapped,           {}};
  if (!options.picture.empty()) it.picture_note = picture_of(it.saved.buffer, options);
  if (options.json) {
    fmt::print("{}\n", as_json(it).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    return;
  }
  print_contents(it);
  print_bytes(it);
  print_classes(it.saved.buffer);
  if (!it.picture_note.empty()) fmt::print("\n{}\n", it.picture_note);
}

}  // namespace

void add_buffer_command(CLI::App& app) {
  CLI::App* buffer = app.add_subcommand("buffer", "Look at saved replay buffers");
  buffer->require_subcommand(1);
  CLI::App* command = buffer->add_subcommand(
      "inspect",
      "Check a file written by `packrat run --save_buffer` and show what it holds: codec, bytes by item, "
      "entries by class");
  const auto options = std::make_shared<InspectOptions>();
  command->add_option("FILE", options->file, "The buffer file")->required();
  command->add_flag("--json", options->json, "Print one JSON object instead of tables");
  CLI::Option* picture = command->add_option("--picture", options->picture,
                                             "Write decoded samples, one row a class, to this PNG file; only "
                                             "when the entries are pixels (no encoder)");
  add_number(*command, "--samples", options->samples, "Samples of every class in the picture", {1, 1000})
      ->needs(picture);
  command->callback([options] { inspect(*options); });
}

}  // namespace packrat
