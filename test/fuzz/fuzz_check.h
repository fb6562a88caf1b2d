#pragma once

#include <cstdlib>

// What must hold for every input; the fuzzer reports the abort with the input.
#define VK_FUZZ_CHECK(condition)    \
  do {                              \
    if (!(condition)) std::abort(); \
  } while (false)
