# The one supported compiler and the flags every unit of the project shares.

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR
    "g++ ${CMAKE_CXX_COMPILER_VERSION} miscompiles coroutines (objects are destroyed twice). "
    "Use clang 19: run tools/setup, then configure with a preset, such as cmake --preset dev.")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

set(VK_SANITIZE "" CACHE STRING "Sanitizers of the project's own code: address,undefined or thread or fuzzer,address")
option(VK_COVERAGE "Count executed lines (llvm-cov)" OFF)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE}")
endif()

# Flags of hand-written code alone; generated code is compiled once with the same flags in every preset.
add_library(vk_options INTERFACE)
target_include_directories(vk_options INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(vk_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Werror
  # A designated initialiser leaves the rest at its default: that is what it is for.
  -Wno-missing-designated-field-initializers)
target_compile_definitions(vk_options INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION)
if(VK_SANITIZE)
  target_compile_options(vk_options INTERFACE -fsanitize=${VK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(vk_options INTERFACE -fsanitize=${VK_SANITIZE})
endif()
if(VK_COVERAGE)
  target_compile_options(vk_options INTERFACE -fprofile-instr-generate -fcoverage-mapping)
  target_link_options(vk_options INTERFACE -fprofile-instr-generate)
endif()
