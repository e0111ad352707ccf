#include <zfp.h>

#include "bench/kernels/block.h"
#include "bench/peers/rows.h"

namespace packrat::bench {
namespace {

/// One entry at a fixed rate, as a line of floats.
class Stream {
 public:
  explicit Stream(int bits) : x_(relu_map(kPeerValues, 7)), out_(x_.size()), bytes_(4 * kPeerValues + 64) {
    bits_ = stream_open(bytes_.bytes(), static_cast<std::size_t>(bytes_.size()));
    zfp_ = zfp_stream_open(bits_);
    zfp_stream_set_rate(zfp_, bits, zfp_type_float, 1, zfp_false);
    from_ = zfp_field_1d(x_.data(), zfp_type_float, x_.size());
    to_ = zfp_field_1d(out_.data(), zfp_type_float, out_.size());
    zfp_stream_rewind(zfp_);
    zfp_compress(zfp_, from_);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() {
    zfp_field_free(from_);
    zfp_field_free(to_);
    zfp_stream_close(zfp_);
    stream_close(bits_);
  }
  void decompress() {
    zfp_stream_rewind(zfp_);
    zfp_decompress(zfp_, to_);
  }
  bool is_near() const { return near_floats(out_.data(), x_.data(), kPeerValues, 1.0f); }

 private:
  std::vector<float> x_, out_;
  Buffer bytes_;
  bitstream* bits_;
  zfp_stream* zfp_;
  zfp_field *from_, *to_;
};

}  // namespace

void add_zfp() {
  for (const int bits : {8, 16}) {
    const auto stream = std::make_shared<Stream>(bits);
    add_benchmark(
        "peer/zfp/fixed_rate/width:" + std::to_string(bits), kPeerValues, [=] { stream->decompress(); },
        [=] { return stream->is_near(); }, bits);
  }
}

}  // namespace packrat::bench
