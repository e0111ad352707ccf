/* clang-format off */
/* Packrat's C interface: codecs that make feature maps and images small, replay buffers that hold them in a fixed number
 * of bytes, and streaming heads that learn from a stream without keeping it. Link with libpackrat (pkg-config packrat).
 *
 * Errors    Functions return PKR_OK (0) or a PKR_ERROR_... code; then pkr_last_error() is one line that names the value,
 *           the range and the remedy, and output arguments are unchanged unless a function says otherwise. Functions that
 *           return a number return -1. No function prints, exits or throws.
 * Ownership Handles are made by ..._make, ..._fit, ..._load, ..._from_bytes, ..._copy and freed by ..._free. Arrays that
 *           come back through a pointer to a pointer are freed with pkr_free(). Everything passed in is only read during
 *           the call. Texts are UTF-8 and end with a zero.
 * Threads   Every function may be called from any thread at any time. Codecs never change. A buffer or head takes one
 *           writer or many readers: calls wait for each other. A handle freed while another thread uses it lives until
 *           that call returns; a handle that was freed is an error, not a crash. `threads` arguments say how many threads
 *           a call may use, 1 or more; results do not depend on it. No signal handler and no thread outlives a call.
 * Arrays    are contiguous, in the machine's byte order. A row is one image or feature map, channels x height x width
 *           values. `dtype` of rows is PKR_FLOAT32, or for a domain of pixels also PKR_UINT8. NaN and infinity are errors.
 * Same seed, same calls: the same bytes, on every machine and for every number of threads.
 */
#ifndef PACKRAT_PACKRAT_H
#define PACKRAT_PACKRAT_H

#include <stdint.h>

#if defined(__GNUC__)
#define PKR_API __attribute__((visibility("default")))
#else
#define PKR_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Raised when a function changes or goes away; new functions alone do not raise it. */
#define PKR_ABI_VERSION 1

enum {
  PKR_OK = 0,
  PKR_ERROR_ARGUMENT = 1,    /* the caller can fix it: a wrong value, a missing file, a full disk, a freed handle */
  PKR_ERROR_CORRUPT = 2,     /* bytes that are not what was written: truncated or altered */
  PKR_ERROR_INTERRUPTED = 3, /* a progress function asked to stop */
  PKR_ERROR_MEMORY = 4,      /* no memory */
  PKR_ERROR_INTERNAL = 5     /* a fault of the library */
};

/* Types of values. */
enum {
  PKR_UINT8 = 1,
  PKR_INT8 = 2,
  PKR_INT16 = 3,
  PKR_INT32 = 4,
  PKR_INT64 = 5,
  PKR_FLOAT16 = 6,
  PKR_FLOAT32 = 7,
  PKR_FLOAT64 = 8
};

typedef struct pkr_codec pkr_codec;
typedef struct pkr_buffer pkr_buffer;
typedef struct pkr_head pkr_head;

/* The library's ABI version: compare with PKR_ABI_VERSION. Cannot fail. */
PKR_API int pkr_abi_version(void);
/* "0.1.0". Static. */
PKR_API const char* pkr_version(void);
/* The message of the last call of this thread that failed; "" before the first. Valid until this thread's next call. */
PKR_API const char* pkr_last_error(void);
/* Frees an array that the library returned. NULL is ignored. */
PKR_API void pkr_free(void* array);
/* Bytes of one value of a dtype: 4 for PKR_FLOAT32. -1 for an unknown one. */
PKR_API int64_t pkr_dtype_bytes(int32_t dtype);
/* "1536000", "600KiB", "1.5MiB", "2GB" as bytes: KiB, MiB, GiB are powers of 1024, KB, MB, GB of 1000. */
PKR_API int pkr_parse_bytes(const char* text, int64_t* bytes);

/* What can be named in this build. */
enum { PKR_LIST_STAGES = 1, PKR_LIST_SAMPLERS = 2, PKR_LIST_HEADS = 3 };
/* Row `index` (from 0) of a list: name, options ("states=2..256, range=local|LO:HI|fit") and a one-line summary. Static
 * texts. Returns 1, 0 behind the last row, -1 for an unknown list. */
PKR_API int pkr_list(int32_t list, int32_t index, const char** name, const char** options, const char** summary);

/* ---- codecs ---- */

/* What one row is. */
typedef struct pkr_domain {
  int64_t shape[3]; /* channels, height, width; a vector of d values is d, 1, 1 */
  int32_t pixels;   /* 0: values as they are. 1: float32 rows are (p/255 - mean[c]) / std[c] of uint8 pixels p, and rows
                       may be given and taken as the pixels themselves (PKR_UINT8); 1 to 3 channels */
  float mean[3];    /* of each channel; for pixels only */
  float std[3];     /* > 0; all 0 stands for 1 */
} pkr_domain;

/* Called now and then during long work, from the calling thread: what is being done, how much of how much. Another value
 * than 0 stops it: the call returns PKR_ERROR_INTERRUPTED. Must not call into the library with the same handle. */
typedef int (*pkr_progress)(void* user, const char* phase, int64_t done, int64_t total);

typedef struct pkr_fit_options {
  uint64_t seed;
  int32_t threads;
  int64_t max_epochs; /* this and the next three: autoencoders alone */
  int64_t patience;   /* stop after so many epochs without a better loss on held-out rows */
  int64_t batch_size;
  double learning_rate;
  pkr_progress progress; /* may be NULL */
  void* user;
} pkr_fit_options;
/* Fills in the defaults: seed 0, 1 thread, 50 epochs, patience 3, batches of 128, learning rate 0.001. */
PKR_API void pkr_fit_options_default(pkr_fit_options* options);

/* A codec that learns nothing from data: "none", "quantize:states=4,range=local", "jpeg:quality=50". */
PKR_API int pkr_codec_make(const char* spec, const pkr_domain* domain, pkr_codec** codec);
/* A codec of any kind, which learns from rows [n, values] of `dtype`: "codebook:states=4|entropy". The last tenth of the
 * rows, at least one, is held out. n >= 2. options: NULL for the defaults. */
PKR_API int pkr_codec_fit(const char* spec, const pkr_domain* domain, const void* rows, int32_t dtype, int64_t n,
                          const pkr_fit_options* options, pkr_codec** codec);
/* 1 when a spec has to learn (pkr_codec_fit), 0 when not, -1 for a spec that is none. */
PKR_API int pkr_codec_must_be_fitted(const char* spec);
PKR_API void pkr_codec_free(pkr_codec* codec); /* NULL is ignored; buffers keep their codec */

/* A file of its own, written all or nothing; load also reads what `packrat fit` writes. to_bytes: the file's bytes.
 * domain: NULL for the one in the file; else what rows are normalised with may differ from it, nothing else. */
PKR_API int pkr_codec_save(const pkr_codec* codec, const char* path);
PKR_API int pkr_codec_load(const char* path, const pkr_domain* domain, pkr_codec** codec);
PKR_API int pkr_codec_to_bytes(const pkr_codec* codec, uint8_t** bytes, int64_t* size);
PKR_API int pkr_codec_from_bytes(const uint8_t* bytes, int64_t size, const pkr_domain* domain, pkr_codec** codec);

/* Its canonical text. Valid until the codec is freed; NULL for a bad handle. */
PKR_API const char* pkr_codec_spec(const pkr_codec* codec);
PKR_API int pkr_codec_domain(const pkr_codec* codec, pkr_domain* domain);
/* Bytes of every entry; 0 when entries differ in size. */
PKR_API int64_t pkr_codec_entry_bytes(const pkr_codec* codec);
/* Bytes kept once for all entries: ranges, codebooks, weights. */
PKR_API int64_t pkr_codec_shared_bytes(const pkr_codec* codec);

/* rows [n, values] -> n entries back to back in *bytes; entry i is bytes [(*offsets)[i], (*offsets)[i + 1]), offsets has
 * n + 1 elements. Both are freed with pkr_free(). */
PKR_API int pkr_codec_encode(const pkr_codec* codec, const void* rows, int32_t dtype, int64_t n, int32_t threads,
                             uint8_t** bytes, int64_t** offsets);
/* n entries -> rows out [n, values] of `dtype`. PKR_ERROR_CORRUPT for bytes that encode never wrote, out is then
 * unspecified; offsets must not decrease. */
PKR_API int pkr_codec_decode(const pkr_codec* codec, const uint8_t* bytes, const int64_t* offsets, int64_t n, int32_t dtype,
                             void* out, int32_t threads);

/* ---- replay buffers ---- */

/* Fixed-size values beside every entry: logits, a task id, a score. */
typedef struct pkr_column {
  const char* name; /* unique in its buffer, at most 63 bytes */
  int32_t dtype;
  int64_t width; /* values an entry, >= 1 */
} pkr_column;

/* A buffer for rows of `codec` with labels 0 .. classes-1, 1 <= classes <= 65536.
 *   budget   "1.5MiB" or "1536000": bytes, every one counted: entries, labels, columns, index, what the codec shares.
 *            "slots:500": a number of entries.
 *   sampler  who stays when it is full:
 *            "greedy"                    class-balanced (GDumb); also "greedy_sampler", as `packrat run` calls it
 *            "reservoir"                 a uniform sample of all rows offered (Vitter's algorithm R)
 *            "class_balanced_reservoir"  CBRS (Chrysakis and Moens, 2020)
 *            "biased_reservoir"          the latest, fading exponentially (Aggarwal, 2006)
 *            "ring"                      class-balanced, the oldest of a class go first
 *            "herding"                   class-balanced, those stay whose mean is nearest to the mean of their class
 *            "external"                  the caller: pkr_buffer_add() appends while there is room and is an error behind
 *                                        that; pkr_buffer_replace() overwrites the slot the caller chose
 *            "keep_all"                  as "external"; for buffers that must never lose a row
 *   storage  NULL or "memory"; "mapped:FILE": entries of one size live in a new file that takes all of its room at once and
 *            may be larger than memory. What was stored stays when the process is killed at any moment; pkr_buffer_load()
 *            opens it again, in place. One handle at a time has it open. pkr_buffer_resize() needs room for both files.
 * The buffer shares the codec, which may be freed. PKR_ERROR_ARGUMENT names the least budget when it is too small. */
PKR_API int pkr_buffer_make(const pkr_codec* codec, int32_t classes, const char* budget, const char* sampler,
                            uint64_t seed, const pkr_column* columns, int32_t column_count, const char* storage,
                            pkr_buffer** buffer);
PKR_API void pkr_buffer_free(pkr_buffer* buffer); /* NULL is ignored */
/* An independent copy, its random state included. */
PKR_API int pkr_buffer_copy(const pkr_buffer* buffer, pkr_buffer** copy);

/* Offers rows [n, values] in order; the sampler decides who stays. labels: n. columns: one pointer for each column of the
 * buffer, to [n, width] values of its dtype; NULL when it has none. Entries may move to other slots only when entries
 * differ in size. After an error the buffer is as before the call, except for entries that fit in no empty buffer and
 * differ in size: those before it have been offered. */
PKR_API int pkr_buffer_add(pkr_buffer* buffer, const void* rows, int32_t dtype, const int64_t* labels,
                           const void* const* columns, int64_t n);
/* Draws n slots uniformly with the buffer's own random state: all different (n <= size), or with replacement. */
PKR_API int pkr_buffer_sample(pkr_buffer* buffer, int64_t n, int32_t with_replacement, int64_t* slots);
/* Decodes slots (any order, repeats allowed): rows [n, values] of `dtype`, labels [n], columns one pointer for each
 * column. rows, labels, columns and single columns may be NULL: left out. After PKR_ERROR_CORRUPT outputs are unspecified. */
PKR_API int pkr_buffer_get(const pkr_buffer* buffer, const int64_t* slots, int64_t n, int32_t dtype, void* rows,
                           int64_t* labels, void* const* columns, int32_t threads);
/* Overwrites slots[i] with row i, in order; the slots must hold entries. The sampler counts nothing. Buffers limited by
 * slots, or whose entries have one size: others answer with PKR_ERROR_ARGUMENT when the new entries do not fit. */
PKR_API int pkr_buffer_replace(pkr_buffer* buffer, const int64_t* slots, const void* rows, int32_t dtype,
                               const int64_t* labels, const void* const* columns, int64_t n);
/* Overwrites one column [n, width] of the entries in those slots. */
PKR_API int pkr_buffer_set_column(pkr_buffer* buffer, int32_t column, const int64_t* slots, const void* values, int64_t n);
/* Frees slots, all different. The last entries move into the gaps: highest slot freed first, each time the last entry takes
 * the place. What was offered is still counted. */
PKR_API int pkr_buffer_remove(pkr_buffer* buffer, const int64_t* slots, int64_t n);
/* Removes all entries, and the sampler begins again; the random state, which pkr_buffer_offered() is part of, continues. */
PKR_API int pkr_buffer_clear(pkr_buffer* buffer);
/* Another budget, in bytes or slots. When it is smaller, the sampler's rule says who goes ("external" and "keep_all": an error
 * when entries would have to go). After an error the buffer is as before. */
PKR_API int pkr_buffer_resize(pkr_buffer* buffer, const char* budget);

PKR_API int64_t pkr_buffer_size(const pkr_buffer* buffer);
/* Slots; where entries differ in size and bytes limit them, an estimate from the mean size of those held (INT64_MAX while
 * there are none). */
PKR_API int64_t pkr_buffer_capacity(const pkr_buffer* buffer);
PKR_API int32_t pkr_buffer_classes(const pkr_buffer* buffer);
/* Entries held of one class. */
PKR_API int64_t pkr_buffer_class_size(const pkr_buffer* buffer, int32_t label);
/* Rows offered so far with pkr_buffer_add(). */
PKR_API int64_t pkr_buffer_offered(const pkr_buffer* buffer);
/* Sampler and budget as pkr_buffer_make() takes them; valid until the buffer is freed or resized. NULL for a bad handle. */
PKR_API const char* pkr_buffer_sampler(const pkr_buffer* buffer);
PKR_API const char* pkr_buffer_budget(const pkr_buffer* buffer);
/* "memory" or "mapped". Static; NULL for a bad handle. */
PKR_API const char* pkr_buffer_storage(const pkr_buffer* buffer);
PKR_API int32_t pkr_buffer_column_count(const pkr_buffer* buffer);
/* The name is valid until the buffer is freed. */
PKR_API int pkr_buffer_column(const pkr_buffer* buffer, int32_t column, pkr_column* out);
/* A new handle to the buffer's codec. */
PKR_API int pkr_buffer_codec(const pkr_buffer* buffer, pkr_codec** codec);

/* Measured bytes of what is held. */
typedef struct pkr_ledger_item {
  const char* name;    /* "payload", "labels", "columns", "index", "slack", "codec_shared", ...; static */
  const char* meaning; /* a few words; static */
  int64_t bytes;
} pkr_ledger_item;
/* items: NULL, or room for *count; *count becomes the number of items. Their sum is what a budget in bytes limits. */
PKR_API int pkr_buffer_ledger(const pkr_buffer* buffer, pkr_ledger_item* items, int32_t* count);

/* The buffer with its sampler's counters and random state: one that was loaded continues exactly as the saved one would
 * (engine/buffer/FILE_FORMAT.md). A mapped buffer is saved as an ordinary file. The file is written all or nothing,
 * `packrat buffer inspect` reads it; to_bytes: the file's bytes. Files of `packrat run --save_buffer` load, too. */
PKR_API int pkr_buffer_save(const pkr_buffer* buffer, const char* path);
PKR_API int pkr_buffer_load(const char* path, pkr_buffer** buffer);
PKR_API int pkr_buffer_to_bytes(const pkr_buffer* buffer, uint8_t** bytes, int64_t* size);
PKR_API int pkr_buffer_from_bytes(const uint8_t* bytes, int64_t size, pkr_buffer** buffer);

/* ---- streaming heads: classifiers that keep statistics instead of entries ---- */

/* spec: "ncm", "slda:precision=bfloat16", "ridge:features=2048", "qda:pool=1x1", "fecam:pool=1x1,power=0.5" (pkr_list).
 * shape: channels, height, width of a row. threads: for observe and fit. */
PKR_API int pkr_head_make(const char* spec, const int64_t shape[3], int32_t classes, uint64_t seed, int32_t threads,
                          pkr_head** head);
PKR_API void pkr_head_free(pkr_head* head); /* NULL is ignored */
/* Takes in rows [n, values], float32, and n labels. After an error the head is as before. */
PKR_API int pkr_head_observe(pkr_head* head, const float* rows, const int64_t* labels, int64_t n);
/* Takes in what another head of the same spec, shape, classes and seed has learned, as if its rows had been observed here,
 * too, but for rounding: heads that learned apart become one. Ends the head's task; `other` must be between tasks, and
 * stays as it is. After an error the head holds what it held. */
PKR_API int pkr_head_merge(pkr_head* head, const pkr_head* other);
/* Brings what was observed into the form that is kept; working memory is given back. */
PKR_API int pkr_head_end_of_task(pkr_head* head);
/* Makes ready for pkr_head_scores(): ends the task and solves. An error when nothing was observed. */
PKR_API int pkr_head_fit(pkr_head* head);
/* rows [n, values] -> out [n, classes], the highest being the class that is named; -infinity for classes never seen. An
 * error before pkr_head_fit() and after a later pkr_head_observe(). */
PKR_API int pkr_head_scores(const pkr_head* head, const float* rows, int64_t n, float* out);
PKR_API const char* pkr_head_spec(const pkr_head* head); /* valid until freed; NULL for a bad handle */
PKR_API int64_t pkr_head_values(const pkr_head* head);   /* values of a row */
PKR_API int32_t pkr_head_classes(const pkr_head* head);
/* Bytes kept between tasks. */
PKR_API int64_t pkr_head_kept_bytes(const pkr_head* head);
/* All of it, with spec, shape, classes and seed, in front of it. An error within a task: pkr_head_end_of_task() first. */
PKR_API int pkr_head_to_bytes(const pkr_head* head, uint8_t** bytes, int64_t* size);
PKR_API int pkr_head_from_bytes(const uint8_t* bytes, int64_t size, int32_t threads, pkr_head** head);

#ifdef __cplusplus
}
#endif

#endif
