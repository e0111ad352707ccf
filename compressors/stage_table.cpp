#include "compressors/stage_table.h"

namespace packrat {

std::unique_ptr<Stage> make_raw_stage(const StageOptions&, const StageContext&, ByteReader&);
std::unique_ptr<Stage> make_quantize_stage(const StageOptions&, const StageContext&, ByteReader&);
std::unique_ptr<Stage> make_thin_stage(const StageOptions&, const StageContext&, ByteReader&);
std::unique_ptr<Stage> make_codebook_stage(const StageOptions&, const StageContext&, ByteReader&);
std::unique_ptr<Stage> make_pq_stage(const StageOptions&, const StageContext&, ByteReader&);
std::unique_ptr<Stage> make_float16_stage(const StageOptions&, const StageContext&, ByteReader&);
std::unique_ptr<Stage> make_bfloat16_stage(const StageOptions&, const StageContext&, ByteReader&);
std::unique_ptr<Stage> make_jpeg_stage(const StageOptions&, const StageContext&, ByteReader&);
std::unique_ptr<Stage> make_webp_stage(const StageOptions&, const StageContext&, ByteReader&);
std::unique_ptr<Stage> make_resize_stage(const StageOptions&, const StageContext&, ByteReader&);
std::unique_ptr<EntryCoder> make_entropy_coder(const StageOptions&, const Codec&, ByteReader&);
std::vector<std::uint8_t> fit_entropy_coder(const StageOptions&, const Codec&, const EntryBatch&,
                                            const EntryBatch&);
bool quantize_learns(const StageOptions&);
std::vector<std::uint8_t> fit_quantize(const StageOptions&, const StageContext&, const FittingRows&,
                                       const FittingOptions&);
bool codebook_learns(const StageOptions&);
std::vector<std::uint8_t> fit_codebook(const StageOptions&, const StageContext&, const FittingRows&,
                                       const FittingOptions&);
bool pq_learns(const StageOptions&);
std::vector<std::uint8_t> fit_pq(const StageOptions&, const StageContext&, const FittingRows&,
                                 const FittingOptions&);
std::unique_ptr<Stage> make_convae_stage(const StageOptions&, const StageContext&, ByteReader&);
bool convae_learns(const StageOptions&);
bool convae_suits(const Domain&);
std::vector<std::uint8_t> fit_convae(const StageOptions&, const StageContext&, const FittingRows&,
                                     const FittingOptions&);
std::unique_ptr<Stage> make_fcae_stage(const StageOptions&, const StageContext&, ByteReader&);
bool fcae_learns(const StageOptions&);
std::vector<std::uint8_t> fit_fcae(const StageOptions&, const StageContext&, const FittingRows&,
                                   const FittingOptions&);
std::unique_ptr<Stage> make_vae_stage(const StageOptions&, const StageContext&, ByteReader&);
bool vae_learns(const StageOptions&);
std::vector<std::uint8_t> fit_vae(const StageOptions&, const StageContext&, const FittingRows&,
                                  const FittingOptions&);

const std::vector<StageRow>& stage_rows() {
  static const std::vector<StageRow> table{
      {{"none", "", "every value as it is: float32, or uint8 for pixels", {"none"}}, {}, make_raw_stage},
      {{"quantize",
        "states=2..256, range=local|LO:HI|fit, zero=binned|exact, per=map|channel",
        "equal bins between the entry's own extremes or two values for all, given or learned; codes packed "
        "without gaps",
        {"quantize:states=2,range=local", "quantize:states=4,range=local", "quantize:states=5,range=local",
         "quantize:states=16,range=local", "quantize:states=256,range=local",
         "quantize:states=8,range=0:1.0785", "quantize:states=100,range=-2.086:2.6636",
         "quantize:states=16,range=fit", "quantize:states=5,range=fit,per=channel"},
        {"quantize:states=2,range=local,zero=exact", "quantize:states=16,range=local,zero=exact",
         "quantize:states=100,range=0:2,zero=exact", "quantize:states=3,range=fit,zero=exact",
         "quantize:states=16,range=fit,zero=exact,per=channel"}},
       {{"states"}, {"range"}, {"zero", "binned"}, {"per", "map"}},
       make_quantize_stage,
       quantize_learns,
       fit_quantize},
      {{"codebook",
        "states=2..256, range=fit",
        "the nearest of learned levels, those of least squared error; codes packed without gaps",
        {"codebook:states=2", "codebook:states=5", "codebook:states=16"}},
       {{"states"}, {"range", "fit"}},
       make_codebook_stage,
       codebook_learns,
       fit_codebook},
      {{"pq",
        "subspaces=1..channels, bits=4..8",
        "product quantization: at each position a code for each part of the channels, from learned centroids",
        {"pq:subspaces=1,bits=4", "pq:subspaces=3,bits=5"}},
       {{"subspaces"}, {"bits", "8"}},
       make_pq_stage,
       pq_learns,
       fit_pq},
      {{"float16", "", "two bytes a value, IEEE half precision", {"float16"}}, {}, make_float16_stage},
      {{"bfloat16", "", "two bytes a value, the upper half of a float32", {"bfloat16"}},
       {},
       make_bfloat16_stage},
      {{"thin",
        "factor=0 up to, not including, 1, index=auto|coordinates16|packed|bitmap|delta|eliasfano",
        "the smallest values become 0; the others are kept, with the smallest index that says which",
        {"thin:factor=0", "thin:factor=0.5", "thin:factor=0.9", "thin:factor=0.95",
         "thin:factor=0.95,index=coordinates16", "thin:factor=0.9,index=packed",
         "thin:factor=0.5,index=bitmap", "thin:factor=0.95,index=delta", "thin:factor=0.95,index=eliasfano",
         "thin:factor=0.9|quantize:states=16,range=local", "thin:factor=0.5|quantize:states=3,range=-1:2",
         "thin:factor=0.5|codebook:states=4", "thin:factor=0.9|float16"},
        {"thin:factor=0.9,index=delta|quantize:states=16,range=local,zero=exact"}},
       {{"factor"}, {"index", "auto"}},
       make_thin_stage},
#ifdef PACKRAT_PICTURES
      {{"jpeg",
        "quality=1..100",
        "images as JPEG, without the header that all share; entries differ in size",
        {},
        {},
        {"jpeg:quality=50", "jpeg:quality=95"}},
       {{"quality"}},
       make_jpeg_stage},
      {{"webp",
        "quality=1..100",
        "images as lossy WebP files; entries differ in size",
        {},
        {},
        {"webp:quality=50"}},
       {{"quality"}},
       make_webp_stage},
#endif
      {{"resize",
        "size=1..the image's",
        "smaller square images (area average), enlarged again (bilinear)",
        {},
        {},
        {"resize:size=1", "resize:size=4"}},
       {{"size"}},
       make_resize_stage},
      {{"convae",
        "channels=1..4096, blocks=2..16",
        "a convolutional autoencoder, learned; latents of so many channels, for the next stage or as float32",
        {"convae:channels=1", "convae:channels=2|quantize:states=16,range=fit"}},
       {{"channels"}, {"blocks", "2"}},
       make_convae_stage,
       convae_learns,
       fit_convae,
       convae_suits},
      {{"fcae",
        "neurons=1..65536, layers=1..64",
        "a fully connected autoencoder, learned; latents of so many values, for the next stage or as float32",
        {"fcae:neurons=2,layers=2", "fcae:neurons=3,layers=1|quantize:states=5,range=fit",
         "fcae:neurons=4,layers=2|float16"}},
       {{"neurons"}, {"layers", "6"}},
       make_fcae_stage,
       fcae_learns,
       fit_fcae},
      {{"vae",
        "latent=1..65536, width=1..65536, store=mean|sample",
        "a variational autoencoder, learned; latents of so many values, for the next stage or as float32",
        {"vae:latent=2,width=8", "vae:latent=3,width=8,store=sample",
         "vae:latent=2,width=8|quantize:states=16,range=fit"}},
       {{"latent"}, {"width", "400"}, {"store", "mean"}},
       make_vae_stage,
       vae_learns,
       fit_vae},
      {{"entropy",
        "coder=auto|rans|zstd",
        "last: finished entries made smaller without loss, by symbol statistics or a dictionary that all "
        "share",
        {"quantize:states=16,range=local|entropy", "quantize:states=5,range=local|entropy:coder=rans",
         "quantize:states=2,range=fit|entropy:coder=rans", "none|entropy:coder=rans",
         "none|entropy:coder=zstd",
         "thin:factor=0.9,index=bitmap|quantize:states=16,range=local|entropy:coder=zstd", "float16|entropy"},
        {"quantize:states=256,range=local,zero=exact|entropy:coder=rans"},
        {
#ifdef PACKRAT_PICTURES
            "jpeg:quality=50|entropy:coder=rans", "webp:quality=50|entropy:coder=zstd",
#endif
            "resize:size=4|entropy"}},
       {{"coder", "auto"}},
       nullptr,
       nullptr,
       nullptr,
       nullptr,
       make_entropy_coder,
       fit_entropy_coder},
  };
  return table;
}

}  // namespace packrat
