/* Minibatches of 256 drawn and decoded from a saved buffer for so many processor seconds: prints rows a processor second.
 * decode FILE SECONDS */
#include <packrat/packrat.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { kBatch = 256 };

static void check(int status) {
  if (status == PKR_OK) return;
  fprintf(stderr, "%s\n", pkr_last_error());
  exit(1);
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int main(int count, char** words) {
  pkr_buffer* buffer;
  pkr_codec* codec;
  pkr_domain domain;
  if (count != 3) return 2;
  check(pkr_buffer_load(words[1], &buffer));
  check(pkr_buffer_codec(buffer, &codec));
  check(pkr_codec_domain(codec, &domain));
  const int64_t values = domain.shape[0] * domain.shape[1] * domain.shape[2];
  int64_t slots[kBatch], labels[kBatch], rows = 0;
  float* batch = malloc((size_t)(kBatch * values) * sizeof *batch);
  const double begin = seconds(), end = begin + atof(words[2]);
  do {
    check(pkr_buffer_sample(buffer, kBatch, 0, slots));
    check(pkr_buffer_get(buffer, slots, kBatch, PKR_FLOAT32, batch, labels, NULL, 1));
    rows += kBatch;
  } while (seconds() < end);
  printf("%.1f\n", (double)rows / (seconds() - begin));
  free(batch);
  return 0;
}
