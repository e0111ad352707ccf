// The one list of stages. Each says all about itself in the file of its name.
#include "compressors/stage_table.h"

namespace packrat {

StageRow none_stage();
StageRow quantize_stage();
StageRow codebook_stage();
StageRow pq_stage();
StageRow float16_stage();
StageRow bfloat16_stage();
StageRow thin_stage();
StageRow jpeg_stage();
StageRow webp_stage();
StageRow resize_stage();
StageRow convae_stage();
StageRow fcae_stage();
StageRow vae_stage();
StageRow entropy_stage();

const std::vector<StageRow>& stage_rows() {
  static const std::vector<StageRow> table{none_stage(),    quantize_stage(), codebook_stage(), pq_stage(),
                                           float16_stage(), bfloat16_stage(), thin_stage(),
#ifdef PACKRAT_PICTURES
                                           jpeg_stage(),    webp_stage(),
#endif
                                           resize_stage(),  convae_stage(),   fcae_stage(),     vae_stage(),
                                           entropy_stage()};
  return table;
}

}  // namespace packrat
