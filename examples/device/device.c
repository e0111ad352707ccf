/* What runs on a device: feature maps come, are packed into a buffer of 64 KiB that survives a power cut, and are replayed. */
#include <packrat/packrat.h>
#include <stdio.h>
#include <stdlib.h>

enum { kValues = 128, kRows = 64, kBatch = 16 };

static void check(int status) {
  if (status == PKR_OK) return;
  fprintf(stderr, "device: %s\n", pkr_last_error());
  exit(1);
}

/* Your network's features: any function of time here. */
static float feature(uint32_t* state) {
  *state = *state * 1664525u + 1013904223u;
  return (float)(*state >> 8) / 16777216.0f;
}

static pkr_buffer* open_or_make(const char* path) {
  const pkr_domain domain = {{kValues, 1, 1}, 0, {0}, {0}};
  pkr_codec* codec;
  pkr_buffer* buffer;
  FILE* file = fopen(path, "rb");
  if (file != NULL) { /* goes on where it was switched off */
    fclose(file);
    check(pkr_buffer_load(path, &buffer));
    return buffer;
  }
  check(pkr_codec_make("quantize:states=16,range=local", &domain, &codec));
  check(pkr_buffer_make(codec, 10, "64KiB", "class_balanced_reservoir", 0, NULL, 0, NULL, &buffer));
  pkr_codec_free(codec);
  return buffer;
}

int main(int count, char** words) {
  static float rows[kRows][kValues], batch[kBatch][kValues];
  int64_t labels[kRows], slots[kBatch], classes[kBatch];
  const char* path = count > 1 ? words[1] : "device.buffer";
  pkr_buffer* buffer = open_or_make(path);
  uint32_t state = (uint32_t)pkr_buffer_offered(buffer);
  for (int chunk = 0; chunk < 40; ++chunk) {
    for (int i = 0; i < kRows; ++i) {
      labels[i] = chunk / 4;
      for (int v = 0; v < kValues; ++v) rows[i][v] = feature(&state) + (float)(v % 10 == labels[i]);
    }
    check(pkr_buffer_add(buffer, rows, PKR_FLOAT32, labels, NULL, kRows));
  }
  check(pkr_buffer_sample(buffer, kBatch, 0, slots));
  check(pkr_buffer_get(buffer, slots, kBatch, PKR_FLOAT32, batch, classes, NULL, 1));
  double sum = 0;
  for (int i = 0; i < kBatch; ++i)
    for (int v = 0; v < kValues; ++v) sum += batch[i][v];
  check(pkr_buffer_save(buffer, path));
  printf("%d of %d rows kept; a batch of %d, sum %.3f\n", (int)pkr_buffer_size(buffer), (int)pkr_buffer_offered(buffer),
         kBatch, sum);
  pkr_buffer_free(buffer);
  return 0;
}
