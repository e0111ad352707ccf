#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/studies/roofline/machine/rate_loop.h"
#include "engine/studies/roofline/machine/rate_tables.h"

namespace packrat::machine {
namespace {

// Tiles of 16 rows of 64 bytes. Tiles 0 to 5 are sums, 6 and 7 the factors.
constexpr int kTiles = 8, kSumTiles = 6, kRows = 16, kRowBytes = 64;

struct alignas(64) TileConfig {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t row_bytes[16] = {};
  std::uint8_t rows[16] = {};
};

struct Tile {
  std::uint32_t words[kRows * kRowBytes / 4];
};

/// Linux hands the tiles' state to a process that asks for it.
bool is_permitted() {
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

bool has_bf16() {
  return __builtin_cpu_supports("amx-bf16") && is_permitted();
}
bool has_int8() {
  return __builtin_cpu_supports("amx-int8") && is_permitted();
}

/// Fills every word of tile 6 with `a`, of tile 7 with `b`, and clears the sums.
void load_tiles(std::uint32_t a_word, std::uint32_t b_word) {
  TileConfig config;
  for (int t = 0; t < kTiles; ++t) config.row_bytes[t] = kRowBytes, config.rows[t] = kRows;
  Tile a, b;
  for (std::uint32_t& word : a.words) word = a_word;
  for (std::uint32_t& word : b.words) word = b_word;
  hide(config), hide(a), hide(b);
  _tile_loadconfig(&config);
  _tile_loadd(6, a.words, kRowBytes);
  _tile_loadd(7, b.words, kRowBytes);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_zero(4);
  _tile_zero(5);
}

/// Adds up all sums and gives the tiles back.
template <typename Element>
double take_sums() {
  Tile sums[kSumTiles];
  _tile_stored(0, sums[0].words, kRowBytes);
  _tile_stored(1, sums[1].words, kRowBytes);
  _tile_stored(2, sums[2].words, kRowBytes);
  _tile_stored(3, sums[3].words, kRowBytes);
  _tile_stored(4, sums[4].words, kRowBytes);
  _tile_stored(5, sums[5].words, kRowBytes);
  _tile_release();
  hide(sums);
  return element_sum<Element>(sums);
}

double run_bfloat(std::int64_t rounds) {
  load_tiles(0x3f003f00, 0x40004000);  // 0.5 and 2
  for (std::int64_t round = 0; round < rounds; ++round) {
    _tile_dpbf16ps(0, 6, 7);
    _tile_dpbf16ps(1, 6, 7);
    _tile_dpbf16ps(2, 6, 7);
    _tile_dpbf16ps(3, 6, 7);
    _tile_dpbf16ps(4, 6, 7);
    _tile_dpbf16ps(5, 6, 7);
  }
  return take_sums<float>();
}

double run_int(std::int64_t rounds) {
  load_tiles(0x03030303, 0xfefefefe);  // 3 without sign and -2
  for (std::int64_t round = 0; round < rounds; ++round) {
    _tile_dpbusd(0, 6, 7);
    _tile_dpbusd(1, 6, 7);
    _tile_dpbusd(2, 6, 7);
    _tile_dpbusd(3, 6, 7);
    _tile_dpbusd(4, 6, 7);
    _tile_dpbusd(5, 6, 7);
  }
  return take_sums<std::int32_t>() / -6;
}

}  // namespace

// A product of tiles has 16 x 16 sums of 32 bfloat16 or 64 int8 products.
const RateKernel kAmxRates[2] = {{Precision::kBf16, "AMX", has_bf16, kSumTiles * 16 * 16 * 32, run_bfloat},
                                 {Precision::kInt8, "AMX", has_int8, kSumTiles * 16 * 16 * 64, run_int}};

}  // namespace packrat::machine
