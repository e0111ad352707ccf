#include "engine/buffer/mapped_slab.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "engine/core/files.h"

namespace packrat {
namespace {

constexpr char kSlabMagic[8] = {'P', 'K', 'R', 'S', 'L', 'A', 'B', '\0'};
constexpr std::uint32_t kSlabVersion = 1;
constexpr std::int64_t kPage = 4096;

/// The start of the file; the description, then the shared bytes follow, all under the checksum.
struct SlabHeader {
  char magic[8];
  std::uint32_t version, description_bytes;
  std::uint64_t checksum;  ///< of all of it, with 0 here
  std::int64_t shared_bytes, entry_bytes, slots, note, columns, state_bytes;
  std::int32_t label, reserved;
};

std::int64_t in_pages(std::int64_t bytes) {
  return (bytes + kPage - 1) / kPage * kPage;
}

/// Keeps the compiler from moving stores across. A killed process has made all of those before the
/// instruction at which it was.
void store_fence() {
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

[[noreturn]] void refuse_mapped(const std::filesystem::path& path, const std::string& why) {
  throw UserError(fmt::format("the mapped buffer {}: {}", path.string(), why));
}

[[noreturn]] void refuse_damaged(const std::filesystem::path& path, const std::string& what) {
  refuse_mapped(path, fmt::format("it is damaged: {}; delete it, or copy it again", what));
}

void lock_file(int fd, const std::filesystem::path& path) {
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0)
    refuse_mapped(path, "it is open already, here or in another process: close it there");
}

std::uint64_t header_sum(const std::uint8_t* file, std::int64_t bytes) {
  std::vector<std::uint8_t> copy(file, file + bytes);
  std::memset(copy.data() + offsetof(SlabHeader, checksum), 0, 8);
  return checksum({copy.data(), copy.size()});
}

/// A file in the making: closed and removed unless it is kept.
struct NewFile {
  ~NewFile() {
    if (fd < 0) return;
    ::close(fd);
    ::unlink(path.c_str());
  }
  std::filesystem::path path;
  int fd;
};

}  // namespace

MappedSlab::MappedSlab(const Shape& shape, std::string description, std::int64_t shared_bytes)
    : shape_(shape), description_(std::move(description)) {
  shared_at_ = static_cast<std::int64_t>(sizeof(SlabHeader) + description_.size());
  live_at_ = in_pages(shared_at_ + shared_bytes);
  journal_at_ = live_at_ + kPage;
  states_at_ = journal_at_ + in_pages(record_bytes());
  labels_at_ = states_at_ + 2 * in_pages(static_cast<std::int64_t>(sizeof(State)) + shape_.state_bytes);
  extra_at_ = labels_at_ + in_pages(shape_.slots * shape_.beside.label);
  slab_at_ = extra_at_ + in_pages(shape_.slots * shape_.beside.extra());
  file_bytes_ = slab_at_ + shape_.slots * shape_.entry_bytes;
}

std::unique_ptr<MappedSlab> MappedSlab::create(const std::filesystem::path& path, const Shape& shape,
                                               const std::string& description, ByteView shared) {
  if (shape.slots > std::numeric_limits<std::int64_t>::max() / 4 / (shape.entry_bytes + shape.beside.total()))
    refuse_mapped(path, fmt::format("{} slots of {} bytes are too many", shape.slots, shape.entry_bytes));
  NewFile made{path, ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666)};
  if (made.fd < 0)
    refuse_mapped(path, errno == EEXIST ? "there is a file of that name: load it, or name another"
                                        : std::strerror(errno));
  std::unique_ptr<MappedSlab> slab(
      new MappedSlab(shape, description, static_cast<std::int64_t>(shared.size)));
  lock_file(made.fd, path);
  // All of it now: a disk that is full later would be a signal, not an error.
  if (const int failed = ::posix_fallocate(made.fd, 0, slab->file_bytes_); failed != 0)
    refuse_mapped(path, fmt::format("it takes {} bytes: {}", slab->file_bytes_, std::strerror(failed)));
  slab->map(made.fd);
  SlabHeader header{};
  std::memcpy(header.magic, kSlabMagic, sizeof kSlabMagic);
  header.version = kSlabVersion;
  header.description_bytes = static_cast<std::uint32_t>(description.size());
  header.shared_bytes = static_cast<std::int64_t>(shared.size);
  header.entry_bytes = shape.entry_bytes;
  header.slots = shape.slots;
  header.label = shape.beside.label;
  header.note = shape.beside.note;
  header.columns = shape.beside.columns;
  header.state_bytes = shape.state_bytes;
  std::memcpy(slab->file_, &header, sizeof header);
  std::memcpy(slab->file_ + sizeof header, description.data(), description.size());
  if (shared.size > 0) std::memcpy(slab->file_ + slab->shared_at_, shared.data, shared.size);
  header.checksum = header_sum(slab->file_, slab->shared_at_ + header.shared_bytes);
  std::memcpy(slab->file_, &header, sizeof header);
  slab->shared_ = {slab->file_ + slab->shared_at_, shared.size};
  made.fd = -1;
  return slab;
}

std::unique_ptr<MappedSlab> MappedSlab::open(const std::filesystem::path& path) {
  struct Opened {
    ~Opened() {
      if (fd >= 0) ::close(fd);
    }
    int fd;
  } opened{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
  if (opened.fd < 0) refuse_mapped(path, std::strerror(errno));
  lock_file(opened.fd, path);
  struct stat info {};
  SlabHeader header{};
  if (::fstat(opened.fd, &info) != 0 || ::pread(opened.fd, &header, sizeof header, 0) != sizeof header ||
      std::memcmp(header.magic, kSlabMagic, sizeof kSlabMagic) != 0)
    refuse_mapped(path, "it is no mapped buffer");
  if (header.version > kSlabVersion) refuse_mapped(path, "a newer Packrat wrote it: update this one");
  const std::int64_t most = info.st_size;
  const bool sane = header.shared_bytes >= 0 && header.shared_bytes <= most &&
                    header.description_bytes <= most && header.entry_bytes >= 1 && header.slots >= 1 &&
                    header.slots <= most / header.entry_bytes && (header.label == 1 || header.label == 2) &&
                    header.note >= 0 && header.note <= most && header.columns >= 0 &&
                    header.columns <= most && header.state_bytes >= 0 && header.state_bytes <= most &&
                    header.slots <= most / (header.entry_bytes + header.label + header.note + header.columns);
  if (!sane) refuse_damaged(path, "its header contradicts its length");
  std::string description(header.description_bytes, '\0');
  if (::pread(opened.fd, description.data(), description.size(), sizeof header) !=
      static_cast<ssize_t>(description.size()))
    refuse_damaged(path, "it is cut short");
  const Shape shape{
      header.entry_bytes, header.slots, {header.label, header.note, header.columns}, header.state_bytes};
  std::unique_ptr<MappedSlab> slab(new MappedSlab(shape, std::move(description), header.shared_bytes));
  if (slab->file_bytes_ != most)
    refuse_damaged(path, fmt::format("{} bytes instead of {}", most, slab->file_bytes_));
  slab->map(opened.fd);
  opened.fd = -1;
  if (header.checksum != header_sum(slab->file_, slab->shared_at_ + header.shared_bytes))
    refuse_damaged(path, "its header was altered");
  slab->shared_ = {slab->file_ + slab->shared_at_, static_cast<std::size_t>(header.shared_bytes)};
  slab->recover();
  if (slab->size() < 0 || slab->size() > shape.slots) refuse_damaged(path, "its counter was altered");
  return slab;
}

bool MappedSlab::is_mapped_file(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return false;
  char magic[sizeof kSlabMagic];
  const bool is = ::pread(fd, magic, sizeof magic, 0) == sizeof magic &&
                  std::memcmp(magic, kSlabMagic, sizeof magic) == 0;
  ::close(fd);
  return is;
}

MappedSlab::~MappedSlab() {
  if (file_ != nullptr) ::munmap(file_, static_cast<std::size_t>(file_bytes_));
  if (fd_ >= 0) ::close(fd_);
}

void MappedSlab::map(int fd) {
  void* const memory =
      ::mmap(nullptr, static_cast<std::size_t>(file_bytes_), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED)
    throw UserError(fmt::format("{} bytes cannot be mapped: {}", file_bytes_, std::strerror(errno)));
  file_ = static_cast<std::uint8_t*>(memory);
  fd_ = fd;
}

std::int64_t MappedSlab::record_bytes() const {
  return static_cast<std::int64_t>(sizeof(Record)) + 2 + shape_.beside.extra() + shape_.entry_bytes;
}

std::uint64_t MappedSlab::record_checksum() const {
  const std::uint8_t* const record = file_ + journal_at_;
  return checksum({record + sizeof(Record::checksum),
                   static_cast<std::size_t>(record_bytes()) - sizeof(Record::checksum)}) |
         1;
}

void MappedSlab::change(std::int64_t slot, std::int64_t held, int label, ByteView beside, ByteView entry) {
  auto* const record = reinterpret_cast<Record*>(file_ + journal_at_);
  const auto* const live = reinterpret_cast<const Live*>(file_ + live_at_);
  std::uint8_t* at = file_ + journal_at_ + sizeof(Record);
  record->checksum = 0;
  store_fence();
  record->sequence = live->applied + 1;
  record->slot = slot;
  record->held = held;
  if (slot >= 0) {
    write_label(at, 2, label);
    std::fill_n(at + 2, shape_.beside.extra(), std::uint8_t{0});
    std::copy_n(beside.data, beside.size, at + 2);
    std::copy_n(entry.data, entry.size, at + 2 + shape_.beside.extra());
  }
  const std::uint64_t sum = record_checksum();
  store_fence();
  record->checksum = sum;
  store_fence();
  apply();
}

void MappedSlab::apply() {
  const auto* const record = reinterpret_cast<const Record*>(file_ + journal_at_);
  auto* const live = reinterpret_cast<Live*>(file_ + live_at_);
  const std::uint8_t* const at = file_ + journal_at_ + sizeof(Record);
  if (const std::int64_t slot = record->slot; slot >= 0) {
    std::copy_n(at, shape_.beside.label, file_ + labels_at_ + slot * shape_.beside.label);
    std::copy_n(at + 2, shape_.beside.extra(), file_ + extra_at_ + slot * shape_.beside.extra());
    std::copy_n(at + 2 + shape_.beside.extra(), shape_.entry_bytes,
                file_ + slab_at_ + slot * shape_.entry_bytes);
  }
  live->held = record->held;
  store_fence();
  live->applied = record->sequence;
  store_fence();
}

void MappedSlab::recover() {
  const auto* const record = reinterpret_cast<const Record*>(file_ + journal_at_);
  const auto* const live = reinterpret_cast<const Live*>(file_ + live_at_);
  const bool whole = record->checksum != 0 && record->checksum == record_checksum() && record->slot >= -1 &&
                     record->slot < shape_.slots && record->held >= 0 && record->held <= shape_.slots;
  if (whole && record->sequence == live->applied + 1) apply();
}

MappedSlab::State* MappedSlab::state_at(std::uint64_t epoch) const {
  const std::int64_t each = in_pages(static_cast<std::int64_t>(sizeof(State)) + shape_.state_bytes);
  return reinterpret_cast<State*>(file_ + states_at_ + static_cast<std::int64_t>(epoch % 2) * each);
}

std::uint64_t MappedSlab::state_checksum(const State* state) const {
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(state) + sizeof(State::checksum);
  return checksum({bytes, sizeof(State::epoch) + static_cast<std::size_t>(shape_.state_bytes)}) | 1;
}

const MappedSlab::State* MappedSlab::latest_state() const {
  const State* latest = nullptr;
  for (const std::uint64_t epoch : {0, 1}) {
    const State* const state = state_at(epoch);
    if (state->checksum == state_checksum(state) && (latest == nullptr || state->epoch > latest->epoch))
      latest = state;
  }
  return latest;
}

ByteView MappedSlab::state() const {
  const State* const state = latest_state();
  if (state == nullptr) return {};
  return {reinterpret_cast<const std::uint8_t*>(state + 1), static_cast<std::size_t>(shape_.state_bytes)};
}

void MappedSlab::keep_state(ByteView bytes) {
  if (static_cast<std::int64_t>(bytes.size) != shape_.state_bytes)
    throw std::logic_error(
        fmt::format("a state of {} bytes came to a file for {}", bytes.size, shape_.state_bytes));
  const State* const latest = latest_state();
  const std::uint64_t epoch = latest == nullptr ? 1 : latest->epoch + 1;
  State* const state = state_at(epoch);
  state->checksum = 0;
  store_fence();
  state->epoch = epoch;
  std::copy_n(bytes.data, bytes.size, reinterpret_cast<std::uint8_t*>(state + 1));
  const std::uint64_t sum = state_checksum(state);
  store_fence();
  state->checksum = sum;
}

std::int64_t MappedSlab::size() const {
  return reinterpret_cast<const Live*>(file_ + live_at_)->held;
}

ByteView MappedSlab::entry(std::int64_t slot) const {
  return {file_ + slab_at_ + slot * shape_.entry_bytes, static_cast<std::size_t>(shape_.entry_bytes)};
}

LabelView MappedSlab::labels() const {
  return {file_ + labels_at_, shape_.beside.label, shape_.beside.label, size()};
}

const std::uint8_t* MappedSlab::beside(std::int64_t slot) const {
  return file_ + extra_at_ + slot * shape_.beside.extra();
}

void MappedSlab::append_with(int label, ByteView entry, ByteView beside) {
  if (size() == shape_.slots) throw std::logic_error(fmt::format("all {} slots are full", shape_.slots));
  change(size(), size() + 1, label, beside, entry);
}

void MappedSlab::replace_with(std::int64_t slot, int label, ByteView entry, ByteView beside) {
  if (slot < 0 || slot >= size()) throw std::logic_error(fmt::format("slot {} of {} is empty", slot, size()));
  change(slot, size(), label, beside, entry);
}

void MappedSlab::write_beside(std::int64_t slot, std::int64_t begin, ByteView bytes) {
  std::vector<std::uint8_t> all(beside(slot), beside(slot) + shape_.beside.extra());
  std::copy_n(bytes.data, bytes.size, all.begin() + begin);
  change(slot, size(), labels()[slot], {all.data(), all.size()}, entry(slot));
}

void MappedSlab::remove(std::int64_t slot) {
  const std::int64_t last = size() - 1;
  if (slot == last) return change(-1, last, 0, {}, {});
  change(slot, last, labels()[last], {beside(last), static_cast<std::size_t>(shape_.beside.extra())},
         entry(last));
}

bool MappedSlab::clear() {
  change(-1, 0, 0, {}, {});
  return true;
}

void MappedSlab::charge(ByteLedger& ledger) const {
  const std::int64_t held = size(), free = shape_.slots - held;
  ledger.add(Item::kPayload, held * shape_.entry_bytes);
  ledger.add(Item::kLabels, held * shape_.beside.label);
  ledger.add(Item::kColumns, held * shape_.beside.columns);
  ledger.add(Item::kIndex, held * shape_.beside.note);
  ledger.add(Item::kSlack, free * (shape_.entry_bytes + shape_.beside.total()));
}

void MappedSlab::visit_image(const std::function<void(ByteView)>& visit) const {
  const auto piece = [&](std::int64_t at, std::int64_t bytes) {
    visit({file_ + at, static_cast<std::size_t>(bytes)});
  };
  piece(labels_at_, shape_.slots * shape_.beside.label);
  piece(extra_at_, shape_.slots * shape_.beside.extra());
  piece(slab_at_, shape_.slots * shape_.entry_bytes);
}

}  // namespace packrat
