#pragma once
#include <c10/core/ScalarType.h>

namespace packrat {

/// What PyTorch's files call a type of values: of a storage, and of a tensor whose storage has none.
struct StorageType {
  const char *storage, *name;
  c10::ScalarType type;
};
inline constexpr StorageType kStorageTypes[] = {{"torch.DoubleStorage", "torch.float64", c10::kDouble},
                                                {"torch.FloatStorage", "torch.float32", c10::kFloat},
                                                {"torch.HalfStorage", "torch.float16", c10::kHalf},
                                                {"torch.BFloat16Storage", "torch.bfloat16", c10::kBFloat16},
                                                {"torch.LongStorage", "torch.int64", c10::kLong},
                                                {"torch.IntStorage", "torch.int32", c10::kInt},
                                                {"torch.ShortStorage", "torch.int16", c10::kShort},
                                                {"torch.CharStorage", "torch.int8", c10::kChar},
                                                {"torch.ByteStorage", "torch.uint8", c10::kByte},
                                                {"torch.BoolStorage", "torch.bool", c10::kBool}};

}  // namespace packrat
