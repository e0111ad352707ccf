#include "models/pickle_reader.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <map>
#include <optional>
#include <system_error>

#include "engine/core/error.h"

namespace packrat {
namespace {

// More than any state dict needs; keeps hostile files from filling the memory.
constexpr std::size_t kMaxValues = 4'000'000;
// What may be copied of values that a pickle names again and again: for each of its bytes, and beyond that.
constexpr std::size_t kCopiesPerByte = 16, kMostFreeCopies = 1 << 20;

// Told apart from the CorruptEntry of a ByteReader at its end.
class DamagedPickle : public CorruptEntry {
 public:
  using CorruptEntry::CorruptEntry;
};

[[noreturn]] void damaged_pickle(const std::string& what) {
  throw DamagedPickle("damaged PyTorch file: its pickle " + what);
}

[[noreturn]] void too_many() {
  throw UserError("this PyTorch file holds more than 4 million values: save the state dict alone");
}

// The number at the front of a line such as "12" or "-7L"; nothing when it is none, or too great.
std::optional<std::int64_t> integer_in(const std::string& line) {
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(line.data(), line.data() + line.size(), value);
  return failed == std::errc() && end != line.data() ? std::optional(value) : std::nullopt;
}

// The stack machine of Python's pickle module (pickletools.py lists its instructions). Those that would run
// code leave a PickleCall.
class Machine {
 public:
  explicit Machine(ByteView pickle) : in_(pickle), size_(pickle.size) {}

  Pickle run() {
    try {
      for (char instruction = in_.value<char>(); instruction != '.'; instruction = in_.value<char>())
        step(instruction);
      out_.root = pop();
      out_.size = size_ - in_.left();
      return std::move(out_);
    } catch (const DamagedPickle&) {
      throw;
    } catch (const CorruptEntry&) {
      damaged_pickle("ends too early");
    }
  }

 private:
  template <typename T>
  void push(T value) {
    if (out_.values.size() >= kMaxValues) too_many();
    out_.values.push_back(PickleValue{std::move(value)});
    stack_.push_back(&out_.values.back());
  }

  // Values are recalled in two bytes, however large: without a limit, a small pickle could make any number of
  // copies of one.
  void count_copies(std::size_t parts) {
    copied_ += parts;
    if (copied_ > kMostFreeCopies + kCopiesPerByte * size_) damaged_pickle("repeats itself without end");
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

  // A few constants stand for all of their kind: lists of a million of them cost little.
  void push_shared(PickleRef& shared, PickleValue value) {
    if (shared == nullptr) {
      push(std::move(value.value));
      shared = stack_.back();
    } else {
      if (stack_.size() >= kMaxValues) too_many();
      stack_.push_back(shared);
    }
  }

  // Little-endian two's complement of any length.
  void push_long(std::size_t size) {
    const std::uint8_t* const bytes = in_.bytes(size);
    if (size > 8) return push(std::monostate{});
    std::uint64_t value = size > 0 && bytes[size - 1] >= 0x80 ? ~std::uint64_t{0} : 0;
    std::memcpy(&value, bytes, size);
    push(static_cast<std::int64_t>(value));
  }

  void push_integer(const std::string& digits) {
    if (digits == "00" || digits == "01") return push(digits == "01");  // protocol 0's truth values
    const auto value = integer_in(digits);
    value ? push(*value) : push(std::monostate{});
  }

  void push_decimal(const std::string& digits) {
    double value = 0;
    const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (result.ec != std::errc()) damaged_pickle("holds a number that is none");
    push(value);
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

  // What is added to the result of a call (a deque, a list of a class of its own) is dropped.
  void append(const std::vector<PickleRef>& items) {
    if (top().as<PickleCall>() != nullptr) return;
    auto* const list = std::get_if<PickleSequence>(&top().value);
    if (!list) damaged_pickle("appends to something that is no list");
    list->items.insert(list->items.end(), items.begin(), items.end());
  }

  // Classes derived from dict are made by a call and filled like a dict.
  PickleDict* dict_on_top() {
    if (auto* const call = std::get_if<PickleCall>(&top().value)) {
      if (call->items == nullptr) {
        push(PickleDict{});
        const PickleRef items = pop();
        std::get<PickleCall>(top().value).items = items;
      }
      return std::get_if<PickleDict>(&std::get<PickleCall>(top().value).items->value);
    }
    return std::get_if<PickleDict>(&top().value);
  }

  void set_items(const std::vector<PickleRef>& items) {
    if (items.size() % 2 != 0) damaged_pickle("sets a key without a value");
    auto* const dict = dict_on_top();
    if (!dict) return;
    for (std::size_t i = 0; i < items.size(); i += 2) dict->items.emplace_back(items[i], items[i + 1]);
  }

  void set_item() {
    const PickleRef value = pop(), key = pop();
    set_items({key, value});
  }

  // OrderedDict([[key, value], ...]), as Python 2 writes it; other arguments are defaultdict's factory.
  PickleDict dict_of(PickleRef arguments) {
    PickleDict dict;
    const auto* const outer = arguments->as<PickleSequence>();
    const auto* const pairs =
        outer && !outer->items.empty() ? outer->items[0]->as<PickleSequence>() : nullptr;
    if (!pairs) return dict;
    count_copies(pairs->items.size());
    for (const PickleRef pair : pairs->items)
      if (const auto* const both = pair->as<PickleSequence>(); both && both->items.size() == 2)
        dict.items.emplace_back(both->items[0], both->items[1]);
    return dict;
  }

  void push_call(PickleRef callee, PickleRef arguments) {
    const auto* const global = callee->as<PickleGlobal>();
    for (const char* const dict : {"collections.OrderedDict", "collections.defaultdict",
                                   "collections.Counter", "builtins.dict", "__builtin__.dict"})
      if (global && global->name == dict) return push(dict_of(arguments));
    if (global) count_copies(global->name.size());
    push(PickleCall{global ? global->name : "unknown", arguments});
  }

  void call() {
    const PickleRef arguments = pop(), callee = pop();
    push_call(callee, arguments);
  }

  void call_with_keywords() {
    pop();
    call();
  }

  // MARK class arguments...
  void call_marked() {
    std::vector<PickleRef> parts = pop_to_mark();
    if (parts.empty()) damaged_pickle("calls nothing");
    const PickleRef callee = parts.front();
    parts.erase(parts.begin());
    push(PickleSequence{std::move(parts)});
    push_call(callee, pop());
  }

  // MARK arguments..., and the class's name behind the instruction.
  void call_named() {
    push(PickleSequence{pop_to_mark()});
    const PickleRef arguments = pop();
    push_global_from_lines();
    push_call(pop(), arguments);
  }

  void push_dict() {
    const std::vector<PickleRef> items = pop_to_mark();
    push(PickleDict{});
    set_items(items);
  }

  // POP takes a mark when nothing stands on it.
  void drop() {
    if (!marks_.empty() && marks_.back() == stack_.size())
      marks_.pop_back();
    else
      pop();
  }

  void mark() {
    if (marks_.size() >= kMaxValues) too_many();
    marks_.push_back(stack_.size());
  }

  void duplicate() {
    top();
    if (stack_.size() >= kMaxValues) too_many();
    stack_.push_back(stack_.back());
  }

  void push_global_from_lines() {
    const std::string module = line();
    push(PickleGlobal{module + "." + line()});
  }

  void push_global_from_stack() {
    const PickleRef name = pop(), module = pop();
    if (!name->as<std::string>() || !module->as<std::string>())
      damaged_pickle("names a class by something that is no text");
    count_copies(module->as<std::string>()->size() + name->as<std::string>()->size());
    push(PickleGlobal{*module->as<std::string>() + "." + *name->as<std::string>()});
  }

  void remember(std::size_t slot) {
    top();
    memo_[slot] = stack_.back();
  }

  void recall(std::size_t slot) {
    const auto it = memo_.find(slot);
    if (it == memo_.end()) damaged_pickle("recalls a value that it did not store");
    if (stack_.size() >= kMaxValues) too_many();
    stack_.push_back(it->second);
  }

  std::size_t slot_in_line() {
    const auto slot = integer_in(line());
    if (!slot || *slot < 0) damaged_pickle("names a slot by something that is no number");
    return static_cast<std::size_t>(*slot);
  }

  // clang-format off
  // One instruction a line; the names are pickletools.py's.
  void step(char instruction) {
    if (push_constant(instruction) || push_text(instruction) || use_memo(instruction) || build(instruction) ||
        make_call(instruction))
      return;
    switch (instruction) {
      case '\x80': in_.value<std::uint8_t>(); return;             // PROTO
      case '\x95': in_.value<std::uint64_t>(); return;            // FRAME
      case '(': mark(); return;                                   // MARK
      case '0': drop(); return;                                   // POP
      case '1': pop_to_mark(); return;                            // POP_MARK
      case '2': duplicate(); return;                              // DUP
      // BUILD: attributes, such as a state dict's _metadata
      case 'b': pop(); return;
      case '\x98': return;                                        // READONLY_BUFFER
      default: damaged_pickle(fmt::format("uses the unknown instruction 0x{:02x}", static_cast<std::uint8_t>(instruction)));
    }
  }

  bool make_call(char instruction) {
    switch (instruction) {
      case 'c': push_global_from_lines(); return true;                 // GLOBAL
      case '\x93': push_global_from_stack(); return true;              // STACK_GLOBAL
      case 'R': call(); return true;                                   // REDUCE: callee(*arguments)
      case '\x81': call(); return true;                                // NEWOBJ: class.__new__(*arguments)
      case '\x92': call_with_keywords(); return true;                  // NEWOBJ_EX
      case 'o': call_marked(); return true;                            // OBJ
      case 'i': call_named(); return true;                             // INST
      case 'Q': push(PickleCall{"persistent", pop()}); return true;    // BINPERSID: something outside of the pickle
      // PERSID, the same by a line of text
      case 'P': push(line()); push(PickleCall{"persistent", pop()}); return true;
      case '\x82': push_extension(in_.value<std::uint8_t>()); return true;    // EXT1
      case '\x83': push_extension(in_.value<std::uint16_t>()); return true;   // EXT2
      case '\x84': push_extension(in_.value<std::int32_t>()); return true;    // EXT4
      default: return false;
    }
  }

  bool build(char instruction) {
    switch (instruction) {
      case ')': push(PickleSequence{}); return true;                 // EMPTY_TUPLE
      case ']': push(PickleSequence{}); return true;                 // EMPTY_LIST
      case '}': push(PickleDict{}); return true;                     // EMPTY_DICT
      case '\x8f': push(PickleSequence{}); return true;              // EMPTY_SET
      case 't': push(PickleSequence{pop_to_mark()}); return true;    // TUPLE
      case 'l': push(PickleSequence{pop_to_mark()}); return true;    // LIST
      case '\x91': push(PickleSequence{pop_to_mark()}); return true; // FROZENSET
      case 'd': push_dict(); return true;                            // DICT
      case '\x85': push_tuple(1); return true;                       // TUPLE1
      case '\x86': push_tuple(2); return true;                       // TUPLE2
      case '\x87': push_tuple(3); return true;                       // TUPLE3
      case 'a': append({pop()}); return true;                        // APPEND
      case 'e': append(pop_to_mark()); return true;                  // APPENDS
      case '\x90': append(pop_to_mark()); return true;               // ADDITEMS
      case 's': set_item(); return true;                             // SETITEM
      case 'u': set_items(pop_to_mark()); return true;               // SETITEMS
      default: return false;
    }
  }

  bool push_constant(char instruction) {
    switch (instruction) {
      case 'N': push_shared(none_, {}); return true;                            // NONE
      case '\x88': push_shared(true_, {true}); return true;                     // NEWTRUE
      case '\x89': push_shared(false_, {false}); return true;                   // NEWFALSE
      case 'K': push(std::int64_t{in_.value<std::uint8_t>()}); return true;     // BININT1
      case 'M': push(std::int64_t{in_.value<std::uint16_t>()}); return true;    // BININT2
      case 'J': push(std::int64_t{in_.value<std::int32_t>()}); return true;     // BININT
      case 'I': case 'L': push_integer(line()); return true;                    // INT, LONG
      case '\x8a': push_long(in_.value<std::uint8_t>()); return true;           // LONG1
      case '\x8b': push_long(in_.value<std::uint32_t>()); return true;          // LONG4
      case 'G': push_float(); return true;                                      // BINFLOAT
      case 'F': push_decimal(line()); return true;                              // FLOAT
      case '\x97': push_shared(none_, {}); return true;                         // NEXT_BUFFER: its bytes are elsewhere
      default: return false;
    }
  }

  // Text and bytes; nothing here needs to tell them apart.
  bool push_text(char instruction) {
    switch (instruction) {
      case '\x8c': case 'C': case 'U': push(text(in_.value<std::uint8_t>())); return true;
      case 'X': case 'B': case 'T': push(text(in_.value<std::uint32_t>())); return true;
      case '\x8d': case '\x8e': case '\x96': push(text(in_.value<std::uint64_t>())); return true;
      // UNICODE; an escape in it stays as it is
      case 'V': push(line()); return true;
      case 'S': push(unquoted(line())); return true;  // STRING
      default: return false;
    }
  }

  bool use_memo(char instruction) {
    switch (instruction) {
      case 'q': remember(in_.value<std::uint8_t>()); return true;    // BINPUT
      case 'r': remember(in_.value<std::uint32_t>()); return true;   // LONG_BINPUT
      case 'p': remember(slot_in_line()); return true;               // PUT
      case '\x94': remember(memo_.size()); return true;              // MEMOIZE
      case 'h': recall(in_.value<std::uint8_t>()); return true;      // BINGET
      case 'j': recall(in_.value<std::uint32_t>()); return true;     // LONG_BINGET
      case 'g': recall(slot_in_line()); return true;                 // GET
      default: return false;
    }
  }
  // clang-format on
  // A class by its number in Python's copyreg.
  void push_extension(std::int64_t number) { push(PickleGlobal{fmt::format("extension {}", number)}); }

  static std::string unquoted(std::string quoted) {
    return quoted.size() >= 2 ? quoted.substr(1, quoted.size() - 2) : quoted;
  }

  ByteReader in_;
  std::size_t size_, copied_ = 0;
  PickleRef none_ = nullptr, true_ = nullptr, false_ = nullptr;
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
