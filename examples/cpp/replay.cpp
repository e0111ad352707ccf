// A replay buffer of 1 MiB: make a codec, fill the buffer, draw a batch, print what every byte is for.
#include <packrat/packrat.h>

#include <iostream>
#include <memory>
#include <random>
#include <stdexcept>
#include <vector>

void check(int status) {
  if (status != PKR_OK) throw std::runtime_error(pkr_last_error());
}

int main() try {
  const pkr_domain domain{{3, 32, 32}, 1, {}, {}};  // images, given as their pixels
  constexpr int kValues = 3 * 32 * 32, kRows = 1000, kBatch = 64;
  pkr_codec* made = nullptr;
  check(pkr_codec_make("none", &domain, &made));
  const std::unique_ptr<pkr_codec, decltype(&pkr_codec_free)> codec(made, pkr_codec_free);
  const pkr_column logits{"logits", PKR_FLOAT32, 10};  // beside every entry, as DER keeps them
  pkr_buffer* filled = nullptr;
  check(
      pkr_buffer_make(codec.get(), 10, "1MiB", "class_balanced_reservoir", 0, &logits, 1, nullptr, &filled));
  const std::unique_ptr<pkr_buffer, decltype(&pkr_buffer_free)> buffer(filled, pkr_buffer_free);

  std::vector<std::uint8_t> images(kRows * kValues), batch(kBatch * kValues);
  std::vector<std::int64_t> labels(kRows), slots(kBatch), classes(kBatch);
  std::vector<float> outputs(kRows * 10), kept(kBatch * 10);
  std::mt19937 random;
  for (auto& pixel : images) pixel = static_cast<std::uint8_t>(random());
  for (auto& label : labels) label = random() % 10;
  const void* const columns[] = {outputs.data()};
  check(pkr_buffer_add(buffer.get(), images.data(), PKR_UINT8, labels.data(), columns, kRows));
  check(pkr_buffer_sample(buffer.get(), kBatch, 0, slots.data()));
  void* const outs[] = {kept.data()};
  check(pkr_buffer_get(buffer.get(), slots.data(), kBatch, PKR_UINT8, batch.data(), classes.data(), outs, 2));
  std::vector<pkr_ledger_item> items(16);
  auto count = static_cast<std::int32_t>(items.size());
  check(pkr_buffer_ledger(buffer.get(), items.data(), &count));
  for (int i = 0; i < count; ++i) std::cout << items[i].name << ' ' << items[i].bytes << '\n';
} catch (const std::exception& error) {
  std::cerr << "packrat: " << error.what() << '\n';
  return 1;
}
