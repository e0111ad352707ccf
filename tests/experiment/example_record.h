#pragma once
#include "engine/experiment/run_record.h"

namespace packrat {

/// A record in which every field holds something to be told from the others.
inline RunRecord example_record() {
  RunRecord record;
  record.versions = {{"packrat", "1.2.3"}, {"libtorch", "9"}};
  record.data_sha256 = "d1";
  record.weights_sha256 = "w1";
  record.weights_name = "net.safetensors";
  record.cache_note = "all from the cache";
  record.codec = "quantize:states=4,range=local";
  record.codec_learned_from = "c1";
  record.test_features = "roundtrip";
  record.other_score = OtherFeaturesScore{"raw", 0.375, 0.75};
  record.roundtrip_mse = 0.125;
  record.buffer_checksum = "0123456789abcdef";
  record.classes = 10;
  record.slots = 990;
  record.held = 980;
  record.bytes.entry_bytes = 264;
  record.trainings.push_back({4,
                              980,
                              {{1, 0.25, 0.5, 2.0}, {3, 0.75, 0.875, 1.0}, {7, 0.625, 0.9375, 0.5}},
                              {0.5, 0.75, 0.25, 1.0, 0.625}});
  record.bytes.ledger.add(Item::kPayload, 990 * 264);
  record.bytes.ledger.add(Item::kLabels, 990);
  record.bytes.audit.published_mib = 0.5;
  record.bytes.audit.exact_bytes = 1000;
  record.bytes.audit.measured_bytes = 1100;
  record.bytes.audit.measured_over_published = 2.5;
  record.bytes.audit.measured_over_exact = 1.1;
  record.bytes.audit.exact_to_measured = {{"labels", 100}};
  record.bytes.audit.sentence = "because";
  record.seconds = {{"load", 1}, {"train", 8}, {"decode", 2}};
  record.peak_memory_bytes = 12345;
  return record;
}

}  // namespace packrat
