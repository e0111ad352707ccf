#include "models/pickle_reader.h"

#include <fmt/format.h>

#include <cstring>
#include <map>

#include "engine/core/error.h"

namespace packrat {
namespace {

// More than any state dict needs; keeps hostile files from filling the memory.
constexpr std::size_t kMaxValues = 2'000'000;

[[noreturn]] void damaged_pickle(const std::string& what) {
  throw UserError("damaged PyTorch file: its pickle " + what);
}

// The stack machine of Python's pickle module (pickletools.py lists its instructions), without the
// instructions that run code.
class Machine {
 public:
  explicit Machine(ByteView pickle) : in_(pickle) {}

  Pickle run() {
    try {
      for (char instruction = in_.value<char>(); instruction != '.'; instruction = in_.value<char>())
        step(instruction);
      out_.root = pop();
      return std::move(out_);
    } catch (const CorruptEntry&) {
      damaged_pickle("ends too early");
    }
  }

 private:
  template <typename T>
  void push(T value) {
    if (out_.values.size() >= kMaxValues) damaged_pickle("holds too many values");
    out_.values.push_back(PickleValue{std::move(value)});
    stack_.push_back(&out_.values.back());
  }

  PickleRef pop() {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back()))
      damaged_pickle("takes a value from an empty stack");
    const PickleRef value = stack_.back();
    stack_.pop_back();
    return value;
  }

  PickleValue& top() {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) damaged_pickle("looks at an empty stack");
    return *stack_.back();
  }

  std::vector<PickleRef> pop_to_mark() {
    if (marks_.empty()) damaged_pickle("misses a mark");
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<PickleRef> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }

  std::string text(std::size_t size) {
    const std::uint8_t* const bytes = in_.bytes(size);
    return {reinterpret_cast<const char*>(bytes), size};
  }

  std::string line() {
    std::string out;
    for (char c = in_.value<char>(); c != '\n'; c = in_.value<char>()) out += c;
    return out;
  }

  void push_tuple(std::size_t size) {
    PickleSequence tuple;
    for (std::size_t i = 0; i < size; ++i) tuple.items.insert(tuple.items.begin(), pop());
    push(std::move(tuple));
  }

  // Little-endian two's complement of any length; torch.save writes at most 8 bytes of it.
  void push_long(std::size_t size) {
    if (size > 8) damaged_pickle("holds an integer of more than 64 bits");
    const std::uint8_t* const bytes = in_.bytes(size);
    std::uint64_t value = size > 0 && bytes[size - 1] >= 0x80 ? ~std::uint64_t{0} : 0;
    std::memcpy(&value, bytes, size);
    push(static_cast<std::int64_t>(value));
  }

  // Floats are the one big-endian thing in a pickle.
  void push_float() {
    const std::uint8_t* const bytes = in_.bytes(8);
    std::uint64_t bits = 0;
    for (int i = 0; i < 8; ++i) bits = bits << 8 | bytes[i];
    double value;
    std::memcpy(&value, &bits, sizeof value);
    push(value);
  }

  void append(const std::vector<PickleRef>& items) {
    auto* const list = std::get_if<PickleSequence>(&top().value);
    if (!list) damaged_pickle("appends to something that is no list");
    list->items.insert(list->items.end(), items.begin(), items.end());
  }

  // An OrderedDict is made by a call; every other callee that gets items is kept as it is, and they are
  // dropped.
  void set_items(const std::vector<PickleRef>& items) {
    if (items.size() % 2 != 0) damaged_pickle("sets a key without a value");
    auto* const dict = std::get_if<PickleDict>(&top().value);
    if (!dict) return;
    for (std::size_t i = 0; i < items.size(); i += 2) dict->items.emplace_back(items[i], items[i + 1]);
  }

  void set_item() {
    const PickleRef value = pop(), key = pop();
    set_items({key, value});
  }

  void call() {
    const PickleRef arguments = pop(), callee = pop();
    const auto* const global = callee->as<PickleGlobal>();
    if (global && global->name == "collections.OrderedDict")
      push(PickleDict{});
    else
      push(PickleCall{global ? global->name : "unknown", arguments});
  }

  void push_global_from_lines() {
    const std::string module = line();
    push(PickleGlobal{module + "." + line()});
  }

  void push_global_from_stack() {
    const PickleRef name = pop(), module = pop();
    if (!name->as<std::string>() || !module->as<std::string>())
      damaged_pickle("names a class by something that is no text");
    push(PickleGlobal{*module->as<std::string>() + "." + *name->as<std::string>()});
  }

  void remember(std::size_t slot) {
    top();
    memo_[slot] = stack_.back();
  }

  void recall(std::size_t slot) {
    const auto it = memo_.find(slot);
    if (it == memo_.end()) damaged_pickle("recalls a value that it did not store");
    if (stack_.size() >= kMaxValues) damaged_pickle("holds too many values");
    stack_.push_back(it->second);
  }

  // clang-format off
  // One instruction a line; the names are pickletools.py's.
  void step(char instruction) {
    if (push_constant(instruction) || push_text(instruction) || use_memo(instruction) || build(instruction)) return;
    switch (instruction) {
      case '\x80': in_.value<std::uint8_t>(); return;     // PROTO
      case '\x95': in_.value<std::uint64_t>(); return;    // FRAME
      case '(': marks_.push_back(stack_.size()); return;  // MARK
      case '0': pop(); return;                            // POP
      case 'c': push_global_from_lines(); return;         // GLOBAL
      case '\x93': push_global_from_stack(); return;      // STACK_GLOBAL
      case 'R': call(); return;                           // REDUCE: callee(*arguments)
      case '\x81': call(); return;                        // NEWOBJ: class.__new__(*arguments)
      // BUILD: attributes, such as a state dict's _metadata
      case 'b': pop(); return;
      case 'Q': push(PickleCall{"persistent", pop()}); return;  // BINPERSID: something outside of the pickle
      default: damaged_pickle(fmt::format("uses instruction 0x{:02x}, which torch.save does not write",
                                   static_cast<std::uint8_t>(instruction)));
    }
  }

  bool build(char instruction) {
    switch (instruction) {
      case ')': push(PickleSequence{}); return true;               // EMPTY_TUPLE
      case ']': push(PickleSequence{}); return true;               // EMPTY_LIST
      case '}': push(PickleDict{}); return true;                   // EMPTY_DICT
      case 't': push(PickleSequence{pop_to_mark()}); return true;  // TUPLE
      case '\x85': push_tuple(1); return true;                     // TUPLE1
      case '\x86': push_tuple(2); return true;                     // TUPLE2
      case '\x87': push_tuple(3); return true;                     // TUPLE3
      case 'a': append({pop()}); return true;                      // APPEND
      case 'e': append(pop_to_mark()); return true;                // APPENDS
      case 's': set_item(); return true;                           // SETITEM
      case 'u': set_items(pop_to_mark()); return true;             // SETITEMS
      default: return false;
    }
  }

  bool push_constant(char instruction) {
    switch (instruction) {
      case 'N': push(std::monostate{}); return true;                            // NONE
      case '\x88': push(true); return true;                                     // NEWTRUE
      case '\x89': push(false); return true;                                    // NEWFALSE
      case 'K': push(std::int64_t{in_.value<std::uint8_t>()}); return true;     // BININT1
      case 'M': push(std::int64_t{in_.value<std::uint16_t>()}); return true;    // BININT2
      case 'J': push(std::int64_t{in_.value<std::int32_t>()}); return true;     // BININT
      case '\x8a': push_long(in_.value<std::uint8_t>()); return true;           // LONG1
      case 'G': push_float(); return true;                                      // BINFLOAT
      default: return false;
    }
  }

  // Text and bytes; nothing here needs to tell them apart.
  bool push_text(char instruction) {
    switch (instruction) {
      case '\x8c': case 'C': case 'U': push(text(in_.value<std::uint8_t>())); return true;
      case 'X': case 'B': case 'T': push(text(in_.value<std::uint32_t>())); return true;
      case '\x8d': case '\x8e': push(text(in_.value<std::uint64_t>())); return true;
      default: return false;
    }
  }

  bool use_memo(char instruction) {
    switch (instruction) {
      case 'q': remember(in_.value<std::uint8_t>()); return true;    // BINPUT
      case 'r': remember(in_.value<std::uint32_t>()); return true;   // LONG_BINPUT
      case '\x94': remember(memo_.size()); return true;              // MEMOIZE
      case 'h': recall(in_.value<std::uint8_t>()); return true;      // BINGET
      case 'j': recall(in_.value<std::uint32_t>()); return true;     // LONG_BINGET
      default: return false;
    }
  }
  // clang-format on
  ByteReader in_;
  std::vector<PickleRef> stack_;
  std::vector<std::size_t> marks_;  // stack heights
  std::map<std::size_t, PickleRef> memo_;
  Pickle out_;
};

}  // namespace

Pickle read_pickle(ByteView pickle) {
  return Machine(pickle).run();
}

}  // namespace packrat
