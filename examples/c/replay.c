/* A replay buffer of 1 MiB: make a codec, fill the buffer, draw a batch, print what every byte is for. */
#include <packrat/packrat.h>
#include <stdio.h>
#include <stdlib.h>

enum { kValues = 256 * 2 * 2, kRows = 500, kBatch = 32 };

static void check(int status) {
  if (status == PKR_OK) return;
  fprintf(stderr, "packrat: %s\n", pkr_last_error());
  exit(1);
}

int main(void) {
  static float rows[kRows][kValues], batch[kBatch][kValues];
  int64_t labels[kRows], slots[kBatch], classes[kBatch];
  const pkr_domain domain = {{256, 2, 2}, 0, {0}, {0}};
  pkr_codec* codec;
  pkr_buffer* buffer;
  check(pkr_codec_make("quantize:states=16,range=local", &domain, &codec));
  check(pkr_buffer_make(codec, 10, "1MiB", "reservoir", 0, NULL, 0, NULL, &buffer));
  for (int chunk = 0; chunk < 10; ++chunk) { /* your encoder's feature maps, as they come */
    for (int i = 0; i < kRows; ++i) {
      labels[i] = chunk;
      for (int v = 0; v < kValues; ++v) rows[i][v] = (float)rand() / (float)RAND_MAX;
    }
    check(pkr_buffer_add(buffer, rows, PKR_FLOAT32, labels, NULL, kRows));
  }
  check(pkr_buffer_sample(buffer, kBatch, 0, slots));
  check(pkr_buffer_get(buffer, slots, kBatch, PKR_FLOAT32, batch, classes, NULL, 1));
  printf("%d entries of %d bytes\n", (int)pkr_buffer_size(buffer), (int)pkr_codec_entry_bytes(codec));
  pkr_ledger_item items[16];
  int32_t count = 16;
  check(pkr_buffer_ledger(buffer, items, &count));
  for (int i = 0; i < count; ++i) printf("%-13s %8d  %s\n", items[i].name, (int)items[i].bytes, items[i].meaning);
  pkr_buffer_free(buffer);
  pkr_codec_free(codec);
  return 0;
}
